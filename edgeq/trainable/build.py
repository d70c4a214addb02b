"""`Quantizing` -> a Keras model that computes what its integer model will, with gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Quantization
from edgeq.quantize.affine import affine
from edgeq.quantize.assemble import takes_reals
from edgeq.quantize.groups import fixed_output, groups, same_scale, shared
from edgeq.quantize.state import Floats, Layer, Quantizing, Range, is_activation, layers
from edgeq.trainable.activations import FakeQuantize
from edgeq.trainable.operator_layer import Operator
from edgeq.trainable.operators import AVERAGING
from edgeq.trainable.records import constant_records, input_name, op_record, tensor_records

BITS = {"int8": 8, "int16": 16}


@dataclass
class _Building:
    """What has been made so far: the value of each tensor, and the quantization of each group of tensors.

    computed: the values that were quantized behind an operator. sites: of each quantization, how many places it has.
    """

    state: Quantizing
    quantizers: Mapping[int, Any]
    values: dict[int, Any] = field(default_factory=dict)
    computed: dict[int, Any] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)

    def quantized(self, value: Any, tensor: int, tracked: bool = True) -> Any:
        """The value on the grid of a tensor's group."""
        quantizer = self.quantizers[tensor]
        site = self.sites.get(id(quantizer), 0) if tracked else -1
        self.sites[id(quantizer)] = max(site + 1, self.sites.get(id(quantizer), 0))
        return quantizer(value, site=site)


@dataclass(frozen=True)
class Built:
    """model: a functional `keras.Model` of inputs [batch, *sample shape] named as the graph's, and outputs likewise.

    quantized: the graph's tensors that operators compute and that are quantized then -> the Keras tensors after that.
    weighted: the layers with weights, by operator. exact: the float model that it was made of.
    """

    model: Any
    quantized: Mapping[int, Any]
    weighted: Mapping[int, Operator]
    exact: Model


def build(state: Quantizing, names: Mapping[int, str], learned: bool, track: bool) -> Built:
    """A float model as Keras trains it.

    state: ranges and weights as they start; without ranges, the first batch trained on gives them. names: of layers,
    by operator. learned: scales are trained (LSQ), else weights' follow the weights, and ranges the batches if
    `track`. Raises UnsupportedError that names an operator without a gradient.
    """
    graph = state.graph
    building = _Building(state, _quantizers(state, learned, track))
    inputs = [_input(graph, t) for t in graph.inputs]
    for t, x in zip(graph.inputs, inputs, strict=True):
        building.values[t] = building.quantized(x, t) if t in building.quantizers else x
    weighted = {layer.index: layer for layer in layers(graph)}
    operators: list[Operator] = []
    for index, op in enumerate(graph.ops):
        layer = Operator(
            **_configuration(state, index, weighted.get(index), learned), name=names[index], dtype="float32"
        )
        _fill(layer, state, weighted.get(index))
        operators.append(layer)
        _apply(building, layer, op)
    outputs = [building.values[t] for t in graph.outputs]
    model = keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0])
    return Built(model, building.computed, {index: operators[index] for index in weighted}, state.model)


def _input(graph: Graph, t: int) -> Any:
    tensor = graph.tensors[t]
    return keras.Input(tensor.shape[1:], name=input_name(tensor.name), dtype=tensor.dtype)


def _quantizers(state: Quantizing, learned: bool, track: bool) -> dict[int, Any]:
    """Each activation's layer of fake quantization; those of one scale have one layer, real ones have none."""
    found: dict[int, Any] = {}
    ranges = shared(state.graph, state.ranges)
    for number, members in enumerate(sorted(map(sorted, groups(state.graph)))):
        dtype = state.dtype(members[0])
        if dtype == "float32":
            continue
        fixed = fixed_output(state.graph, members[0], dtype)
        made = FakeQuantize(
            BITS[dtype], sites=_sites(state.graph, members), learns=learned, track=track, tensors=members,
            fixed=None if fixed is None else (fixed.scale[0], float(fixed.zero_point[0])),
            name=f"quantize_{number}", dtype="float32",
        )  # fmt: skip
        if fixed is None:
            for values in _constants(state.graph, members):
                made.hold(float(values.min(initial=0)), float(values.max(initial=0)))
            if members[0] in ranges:
                made.start(ranges[members[0]].low, ranges[members[0]].high)
        found |= dict.fromkeys(members, made)
    return found


def _constants(graph: Graph, members: Sequence[int]) -> list[Floats]:
    """Real constants that operators put among a group's values."""
    inputs = [graph.tensors[t] for op in graph.ops if same_scale(op) and op.outputs[0] in members for t in op.inputs]
    return [np.asarray(x.array, np.float64) for x in inputs if x.constant and x.dtype == "float32"]


def _sites(graph: Graph, members: Sequence[int]) -> int:
    """How many values of their own a group has: fed, computed to another scale, or requantized on the way in."""
    fed = len(set(members) & set(graph.inputs))
    computed = sum(not same_scale(op) and t in members for op in graph.ops for t in op.outputs)
    joined = sum(len(_strangers(graph, op, members)) for op in graph.ops if op.outputs[0] in members)
    return fed + computed + joined


def _strangers(graph: Graph, op: Op, members: Sequence[int]) -> list[int]:
    """The inputs of an operator that keeps scales, which have another one than its output."""
    inputs = [t for t in op.inputs if t >= 0 and is_activation(graph.tensors[t])]
    return [t for t in inputs if t not in members] if same_scale(op) else []


def _apply(building: _Building, layer: Any, op: Op) -> None:
    """Computes an operator, and quantizes its outputs where they have left the grid."""
    graph, y = building.state.graph, op.outputs[0]
    members = building.quantizers[y].tensors if y in building.quantizers else ()
    strangers = _strangers(graph, op, members)
    activations = [t for t in op.inputs if t >= 0 and not graph.tensors[t].constant]
    x = [building.quantized(building.values[t], y) if t in strangers else building.values[t] for t in activations]
    result = layer(x if len(x) > 1 else x[0])
    constants = any(graph.tensors[t].constant and graph.tensors[t].dtype == "float32" for t in op.inputs if t >= 0)
    on_grid = same_scale(op) and op.kind not in AVERAGING and not constants
    for t, value in zip(op.outputs, result if isinstance(result, (list, tuple)) else [result], strict=True):
        loose = t in building.quantizers and not on_grid
        building.values[t] = building.quantized(value, t, tracked=not same_scale(op)) if loose else value
        if loose:
            building.computed[t] = building.values[t]


def _configuration(state: Quantizing, index: int, layer: Layer | None, learned: bool) -> dict[str, Any]:
    graph = state.graph
    op = graph.ops[index]
    if all(t < 0 or graph.tensors[t].constant for t in op.inputs):
        raise UnsupportedError(f"{op.kind} of constants", "it has nothing to train", "compute it before converting")
    weights = None
    if layer is not None:
        settings = state.weights[layer.index]
        weights = {"weights": layer.weights, "bias": layer.bias, "axis": layer.axis, "bits": settings.bits,
                   "per_channel": len(settings.scale) > 1, "learns": learned}  # fmt: skip
    return {"op": op_record(index, op), "tensors": tensor_records(graph, op), "constants": constant_records(graph, op),
            "grids": {} if layer else _grids(state, op), "weights": weights}  # fmt: skip


def _grids(state: Quantizing, op: Op) -> dict[str, tuple[float, float, int]]:
    """The quantization that an operator's real constants get by themselves."""
    graph, dtype = state.graph, state.dtype(op.outputs[0])
    reals = [t for t in op.inputs if t >= 0 and graph.tensors[t].constant and graph.tensors[t].dtype == "float32"]
    if same_scale(op) or takes_reals(state, op):
        return {}
    grids: dict[int, Quantization] = {}
    for t in reals:
        values = graph.tensors[t].array
        grids[t] = affine(Range(float(values.min()), float(values.max())), dtype, graph.tensors[t].name)
    return {str(t): (q.scale[0], float(q.zero_point[0]), BITS[dtype]) for t, q in grids.items()}


def _fill(layer: Any, state: Quantizing, weighted: Layer | None) -> None:
    """Gives a layer the values of its real constants, and the scales of its weights."""
    for t, values in layer.given.items():
        if values is None:
            layer.fill(t, state.graph.tensors[int(t)].array)
    if weighted is not None:
        layer.start_from(state.weights[weighted.index])
