"""Loops of a float model, each with an integer body: quantized as a model of its own, on what it gets at
all of its steps; and branches (`branches.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples, dequantize, quantize
from edgeq.errors import UnsupportedError, shown
from edgeq.graph import Graph, Model, Op
from edgeq.graph.compact import without_unused
from edgeq.graph.regions import BODY, COND, THEN
from edgeq.opkit.loops import count_steps
from edgeq.ops import resolve
from edgeq.quantize.assemble import assemble
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.branches import quantize_branches
from edgeq.quantize.building import quantize_op
from edgeq.quantize.calibrate import calibrate
from edgeq.quantize.loop_ranges import covered
from edgeq.quantize.loop_samples import carried_samples, end_values, entry_values
from edgeq.quantize.options import Options
from edgeq.quantize.quantization_state import (
    IntegerLoop,
    QuantizationState,
    Range,
    Regions,
    is_activation,
)
from edgeq.quantize.scale_groups import scale_groups
from edgeq.quantize.schemes import SCHEMES
from edgeq.quantize.weight_steps import weighted
from edgeq.simulate.execute import execute

Grid = tuple[str, Range]
"""The type and the range of a tensor."""

SUFFICIENT_DB = 25.0  # dB of SQNR of what a loop gives; one with more needs no 16-bit state
MIN_GAIN_DB = 6.0  # dB that a 16-bit state must gain
JUDGED = 128  # samples by which the width is chosen


@dataclass(frozen=True)
class _Loop:
    """A loop of a float model. steps: how many it has."""

    model: Model
    op: Op
    steps: int

    @property
    def body(self) -> Graph:
        return dict(self.op.regions)[BODY]

    @property
    def carried(self) -> list[int]:
        """Positions of the float values that change from step to step."""
        ends = zip(self.body.inputs, self.body.outputs, strict=True)
        return [
            p for p, (a, b) in enumerate(ends) if a != b and is_activation(self.body.tensors[a])
        ]


def quantize_loops(
    model: Model, samples: Samples, options: Options
) -> Mapping[Regions, IntegerLoop]:
    """The integer regions of all loops and branches of a float model's main graph, by their float
    ones.

    Where int8 leaves what a loop gives less than `SUFFICIENT_DB`, and 16-bit activations in its
    body gain `MIN_GAIN_DB`, it has those. Raises UnsupportedError for loops whose number of steps
    depends on data, and for branches that no sample takes.
    """
    graph, found = model.main, dict[Regions, IntegerLoop]()
    group_of = {t: group for group in scale_groups(graph) for t in group}
    known = dict[int, Grid]()
    for index, op in enumerate(graph.ops):
        if not op.regions:
            continue
        if THEN in dict(op.regions):
            made = quantize_branches(model, op, samples, options, quantize_loops)
        else:
            given = {p: known[t] for p, t in enumerate(op.inputs) if t in known}
            made = _quantized(_loop(model, index), samples, options, given)
        found[op.regions] = made
        outer = (*made.taken(op), *op.outputs)
        ends = zip(outer, (*made.body.inputs, *made.body.outputs), strict=True)
        for t, tensor in ((t, made.body.tensors[inner]) for t, inner in ends if t in group_of):
            if tensor.quantization is not None:
                grid = tensor.dtype, covered(tensor.quantization, tensor.dtype)
                known |= {m: grid for m in group_of[t] if m not in known}
    return found


def _loop(model: Model, index: int) -> _Loop:
    op = model.main.ops[index]
    what = f'layer "{shown(model.main.tensors[op.outputs[0]].name)}"'
    remedy = "give it a fixed number of steps, each of which keeps what it has by keras.ops.where"
    counted = count_steps(resolve(model.main, index))
    if counted is None or counted.steps == 0:
        raise UnsupportedError(what, "its number of steps depends on data", remedy)
    return _Loop(model, op, counted.steps)


def _quantized(
    loop: _Loop, samples: Samples, options: Options, grids: Mapping[int, Grid]
) -> IntegerLoop:
    given = carried_samples(loop.model, loop.op, loop.body, loop.steps, samples)
    narrow = _integer_loop(loop, given, options, grids)
    scheme = SCHEMES[options.scheme]
    if not scheme.narrow_activations or scheme.weight_bits < 8:
        return narrow
    some = samples.subsample(JUDGED)
    quality = _sqnr_db(loop, narrow, some)
    if quality >= SUFFICIENT_DB:
        return narrow
    wide = _integer_loop(loop, given, replace(options, scheme="int16x8"), grids, narrow=_kept(loop))
    return wide if _sqnr_db(loop, wide, some) >= quality + MIN_GAIN_DB else narrow


def _kept(loop: _Loop) -> Mapping[int, str]:
    """int8 for what stays the same from step to step, of which a step takes a part: TFLM has GATHER
    on no int16.
    """
    body = loop.body
    kept = {a for a, b in zip(body.inputs, body.outputs, strict=True) if a == b}
    groups = (group for group in scale_groups(body) if group & kept)
    return {t: "int8" for group in groups for t in group}


def _integer_loop(
    loop: _Loop,
    given: Samples,
    options: Options,
    grids: Mapping[int, Grid],
    narrow: Mapping[int, str] | None = None,
) -> IntegerLoop:
    """The loop by a scheme. grids: of inputs, by position, that loops before it have decided.
    narrow: types of tensors of the body that the scheme does not decide.
    """
    body = loop.body
    outputs = tuple(body.outputs[p] for p in _compared(loop))
    opened = fold_batch_norm(Model((replace(body, outputs=outputs),)))
    inner = quantize_loops(opened, given, options)
    carried = tuple((body.inputs[p], body.outputs[p]) for p in loop.carried)
    start = QuantizationState(opened, dtypes=narrow or {}, loops=inner, carried=carried)
    found = _on_grids(loop, calibrate(start, given, options).state, grids)
    state = weighted(found, given, options, SCHEMES[options.scheme])
    return _regions(loop, assemble(state).main)


def _on_grids(
    loop: _Loop, state: QuantizationState, grids: Mapping[int, Grid]
) -> QuantizationState:
    """The state with the ranges of inputs that are the same at every step as they are given."""
    body, changed = loop.body, dict[int, Range]()
    group_of = {t: group for group in scale_groups(body) for t in group}
    for p, (dtype, range_) in grids.items():
        t = body.inputs[p]
        if body.outputs[p] == t and dtype == state.dtype(t):
            changed |= dict.fromkeys(group_of[t], range_)
    return state.with_ranges(changed)


def _compared(loop: _Loop) -> list[int]:
    """The carried values by which a body is judged: lists, which a step only adds to, are not."""
    body, found = loop.body, list[int]()
    for p in loop.carried:
        readers = [op for op in body.ops if body.inputs[p] in op.inputs]
        if not all(body.outputs[p] in op.outputs for op in readers):
            found.append(p)
    return found or loop.carried


def _regions(loop: _Loop, integer: Graph) -> IntegerLoop:
    """The loop's regions of an integer body, whose tensors have the float body's numbers."""
    body, cond = loop.body, dict(loop.op.regions)[COND]
    tensors, ops, outputs = list(integer.tensors), list(integer.ops), list(body.outputs)
    for p in loop.carried:
        wanted, made = tensors[body.inputs[p]], tensors[outputs[p]]
        if (wanted.dtype, wanted.quantization) != (made.dtype, made.quantization):
            tensors.append(replace(wanted, name=f"{made.name}/carried", variable=False))
            ops.append(quantize_op(outputs[p], len(tensors) - 1, wanted.dtype))
            outputs[p] = len(tensors) - 1
    graph = replace(body, tensors=tuple(tensors), ops=tuple(ops), outputs=tuple(outputs))
    tested = list(cond.tensors)
    for t, inner in zip(cond.inputs, body.inputs, strict=True):
        tested[t] = replace(
            tested[t], dtype=tensors[inner].dtype, quantization=tensors[inner].quantization
        )
    return IntegerLoop(((BODY, graph), (COND, replace(cond, tensors=tuple(tested)))))


def _sqnr_db(loop: _Loop, integer: IntegerLoop, samples: Samples) -> float:
    """The least SQNR in dB of what a loop gives, run in integers from its start to its end."""
    exact = end_values(loop.model, loop.op, loop.body, loop.steps, samples)
    body, count = integer.body, len(loop.op.inputs)
    inputs = [body.tensors[t] for t in body.inputs]
    outputs = [body.tensors[t] for t in body.outputs]
    op = replace(
        loop.op,
        inputs=tuple(range(count)),
        outputs=tuple(range(count, 2 * count)),
        regions=integer.regions,
    )
    constants = [loop.model.main.tensors[t] for t in loop.op.inputs]
    given = entry_values(loop.model, loop.op, samples)
    start = tuple(
        replace(tensor, buffer=known.buffer) if tensor.quantization is None else tensor
        for tensor, known in zip(inputs, constants, strict=True)
    )
    free = tuple(p for p, tensor in enumerate(start) if not tensor.constant)
    wanted = loop.carried
    graph = Graph((*start, *outputs), (op,), free, tuple(count + p for p in wanted))
    graph = without_unused(Model((graph,))).main
    values = execute(graph, [quantize(given[p], start[p]) for p in free])
    found = []
    for p, t in zip(wanted, graph.outputs, strict=True):
        error = dequantize(values[t], outputs[p]).astype(np.float64) - exact[p]
        signal = np.square(exact[p] - exact[p].mean(axis=0)).mean()
        found.append(10 * np.log10(max(signal, 1e-30) / max(np.square(error).mean(), 1e-30)))
    return float(min(found))
