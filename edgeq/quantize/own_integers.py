"""Operators whose module says what their weights and state become in integers, such as an LSTM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from edgeq.data import Samples
from edgeq.graph import Graph, Op
from edgeq.opkit.contract import Interval
from edgeq.ops import operator, resolve, supported
from edgeq.quantize.building import Building, requantized
from edgeq.quantize.observe import activations
from edgeq.quantize.quantization_state import QuantizationState, Range


def with_own_integers(state: QuantizationState, building: Building, op: Op) -> Op | None:
    """The operator with the tensors that its module makes for integers; None where it makes none."""
    make = operator(op.kind).inputs_in_integers if op.kind in supported() else None
    if make is None:
        return None
    x, y = op.inputs[0], op.outputs[0]
    if building.tensors[x].dtype != building.tensors[y].dtype:
        x = requantized(building, x, building.tensors[y].dtype, None)
    node = resolve(state.graph, state.graph.ops.index(op))
    made = make(node, building.tensors[x], building.tensors[y], state_intervals(state, op))
    inputs = [x, *op.inputs[1:]]
    for position, tensor in made.inputs.items():
        if position in operator(op.kind).state:
            building.tensors[inputs[position]] = tensor
        else:
            values = state.chosen.get(inputs[position])
            kept = tensor if values is None else replace(tensor, buffer=values.tobytes())
            inputs[position] = building.add(kept)
    inner = tuple(building.add(tensor) for tensor in made.intermediates)
    return replace(op, inputs=tuple(inputs), intermediates=inner)


def state_intervals(state: QuantizationState, op: Op) -> Mapping[int, Interval]:
    """The ranges of what an operator keeps inside, by position; those that are known."""
    return {
        p: (state.ranges[op.inputs[p]].low, state.ranges[op.inputs[p]].high)
        for p in operator(op.kind).state
        if op.inputs[p] in state.ranges
    }


def with_state_ranges(state: QuantizationState, samples: Samples) -> QuantizationState:
    """The state with ranges of what operators keep inside, by the float model on the samples."""
    found = dict[int, Range]()
    for op, positions in _keeping(state.graph):
        observe = operator(op.kind).state_ranges
        assert observe is not None
        node = resolve(state.graph, state.graph.ops.index(op))
        for values in activations(state.model, samples, [op.inputs[0]]):
            for p, (low, high) in observe(node, values[op.inputs[0]]).items():
                t = positions[p]
                found[t] = found.get(t, Range(0.0, 0.0)).widened(Range(low, high))
    return state.with_ranges(found)


def _keeping(graph: Graph) -> Iterator[tuple[Op, Mapping[int, int]]]:
    """The operators with a state whose ranges they tell, and its tensors by position."""
    for op in graph.ops:
        if op.kind in supported() and operator(op.kind).state_ranges is not None:
            yield op, {p: op.inputs[p] for p in operator(op.kind).state}
