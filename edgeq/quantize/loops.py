"""Loops of a float model, each with an integer body: quantized as a model of its own, on what it gets at
all of its steps; and branches (`branches.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np

from edgeq.data import Samples, dequantize, quantize
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model
from edgeq.graph.compact import without_unused
from edgeq.graph.regions import BODY, COND, THEN
from edgeq.opkit.loops import MAX_STEPS, EndlessLoopError, count_steps
from edgeq.ops import resolve
from edgeq.quantize.assemble import assemble
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.branches import quantize_branches
from edgeq.quantize.building import quantize_op
from edgeq.quantize.calibrate import calibrate
from edgeq.quantize.loop_condition import condition_on_integers
from edgeq.quantize.loop_ranges import covered
from edgeq.quantize.loop_samples import (
    ENDLESS,
    Arrays,
    FloatLoop,
    carried_samples,
    entry_values,
    run_loop,
    steps_taken,
)
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
from edgeq.quantize.state_widths import StateWidth, choose_width
from edgeq.quantize.weight_steps import weighted
from edgeq.simulate.execute import execute

Grid = tuple[str, Range]
"""The type and the range of a tensor."""

SUFFICIENT_DB = 30.0  # dB of SQNR of what a loop gives; layers behind it lose some of them
ENDLESS_DB = float("-inf")
JUDGED = 128  # samples by which the width is chosen


def quantize_loops(
    model: Model, samples: Samples, options: Options
) -> Mapping[Regions, IntegerLoop]:
    """The integer regions of all loops and branches of a float model's main graph, by their float
    ones.

    Where int8 leaves what a loop gives less than `SUFFICIENT_DB`, and 16-bit activations in its
    body gain `MIN_GAIN_DB`, it has those. Raises UnsupportedError for loops that do not end, or of
    which no sample takes a step, and for branches that no sample takes.
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


def _loop(model: Model, index: int) -> FloatLoop:
    counted = count_steps(resolve(model.main, index))
    return FloatLoop(model, model.main.ops[index], None if counted is None else counted.steps)


def _quantized(
    loop: FloatLoop, samples: Samples, options: Options, grids: Mapping[int, Grid]
) -> IntegerLoop:
    if not any(is_activation(t) for t in loop.body.tensors):
        return IntegerLoop(loop.op.regions)
    given = carried_samples(loop, samples, steps_taken(loop, samples))
    made, scheme = _integer_loop(loop, given, options, grids), SCHEMES[options.scheme]
    some, wider = samples.subsample(JUDGED), replace(options, scheme="int16x8")
    exact = cache(lambda: run_loop(loop, some).ends)
    width = StateWidth(loop.layer, scheme.activations)
    if scheme.chooses_states and loop.carried:
        made, width = choose_width(
            loop.layer,
            made,
            lambda tried: _sqnr_db(loop, tried, some, exact()),
            lambda: _integer_loop(loop, given, wider, grids, narrow=_kept(loop)),
            SUFFICIENT_DB,
        )
    quality = width.db
    if quality is None and loop.steps is None:
        quality = _sqnr_db(loop, made, some, exact())
    if quality == ENDLESS_DB:
        why = f"in integers its condition still holds after {MAX_STEPS:,} steps"
        raise UnsupportedError(loop.name, why, ENDLESS)
    if width.int8_db == ENDLESS_DB:
        width = replace(width, int8_db=None)
    return replace(made, widths=(*made.widths, width))


def _kept(loop: FloatLoop) -> Mapping[int, str]:
    """int8 for what stays the same from step to step, of which a step takes a part: TFLM has GATHER
    on no int16.
    """
    body = loop.body
    kept = {a for a, b in zip(body.inputs, body.outputs, strict=True) if a == b}
    groups = (group for group in scale_groups(body) if group & kept)
    return {t: "int8" for group in groups for t in group}


def _integer_loop(
    loop: FloatLoop,
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
    made = _regions(loop, assemble(state).main)
    return replace(made, widths=tuple(w for each in inner.values() for w in each.widths))


def _on_grids(
    loop: FloatLoop, state: QuantizationState, grids: Mapping[int, Grid]
) -> QuantizationState:
    """The state with the ranges of inputs that are the same at every step as they are given."""
    body, changed = loop.body, dict[int, Range]()
    group_of = {t: group for group in scale_groups(body) for t in group}
    for p, (dtype, range_) in grids.items():
        t = body.inputs[p]
        if body.outputs[p] == t and dtype == state.dtype(t):
            changed |= dict.fromkeys(group_of[t], range_)
    return state.with_ranges(changed)


def _compared(loop: FloatLoop) -> list[int]:
    """The carried values by which a body is judged: lists, which a step only adds to, are not."""
    body, found = loop.body, list[int]()
    for p in loop.carried:
        readers = [op for op in body.ops if body.inputs[p] in op.inputs]
        if not all(body.outputs[p] in op.outputs for op in readers):
            found.append(p)
    return found or loop.carried


def _regions(loop: FloatLoop, integer: Graph) -> IntegerLoop:
    """The loop's regions of an integer body, whose tensors have the float body's numbers."""
    body = loop.body
    tensors, ops, outputs = list(integer.tensors), list(integer.ops), list(body.outputs)
    for p in loop.carried:
        wanted, made = tensors[body.inputs[p]], tensors[outputs[p]]
        if (wanted.dtype, wanted.quantization) != (made.dtype, made.quantization):
            tensors.append(replace(wanted, name=f"{made.name}/carried", variable=False))
            ops.append(quantize_op(outputs[p], len(tensors) - 1, wanted.dtype))
            outputs[p] = len(tensors) - 1
    graph = replace(body, tensors=tuple(tensors), ops=tuple(ops), outputs=tuple(outputs))
    cond = condition_on_integers(loop.cond, [tensors[t] for t in body.inputs])
    return IntegerLoop(((BODY, graph), (COND, cond)))


def _sqnr_db(loop: FloatLoop, integer: IntegerLoop, samples: Samples, exact: Arrays) -> float:
    """The least SQNR in dB of what a loop gives, run in integers from its start to its end;
    `ENDLESS_DB` where it does not end. exact: what the float loop gives on these samples.
    """
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
    try:
        values = execute(graph, [quantize(given[p], start[p]) for p in free])
    except EndlessLoopError:
        return ENDLESS_DB
    found = []
    for p, t in zip(wanted, graph.outputs, strict=True):
        error = dequantize(values[t], outputs[p]).astype(np.float64) - exact[p]
        signal = np.square(exact[p] - exact[p].mean(axis=0)).mean()
        found.append(10 * np.log10(max(signal, 1e-30) / max(np.square(error).mean(), 1e-30)))
    return float(min(found, default=np.inf))
