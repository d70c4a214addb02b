"""Activation ranges chosen per tensor in isolation: one tensor at a time is fake-quantized in the
otherwise float model, and the range that changes the outputs least is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from edgeq.data import Samples
from edgeq.data.quantized import dequantize, quantize
from edgeq.graph import Graph, Model, Tensor
from edgeq.opkit.node import Values
from edgeq.quantize.affine import affine
from edgeq.quantize.calibrator_search import (
    MIN_STANDARD_ERRORS,
    Cost,
    Ranges,
    Stage,
    significantly_lower,
    stages,
)
from edgeq.quantize.layerwise import float_inputs, float_subgraph, run_float, subgraph
from edgeq.quantize.progress import Step, counted
from edgeq.quantize.quantization_state import (
    Floats,
    QuantizationState,
    Range,
    Reals,
    is_activation,
)
from edgeq.quantize.scale_groups import compared_tensors, fixed_output, same_scale, scale_groups

FACTORS = (0.7, 0.85, 0.93, 1.08)  # by which each end of the best range is tried

Effect = Callable[[Range, int], Floats]
"""A range and the number of a stage -> the cost of each of its samples."""
Tail = Callable[[Mapping[int, Values]], list[Reals]]


def search_isolated_ranges(
    state: QuantizationState,
    proposed: Mapping[str, Ranges],
    samples: Samples,
    cost: Cost,
    step: Step | None = None,
) -> QuantizationState:
    """For each tensor, the range with which quantizing that tensor alone changes the outputs least.

    Quantization errors of different tensors are nearly independent, so their squares add up at the
    outputs and each can be minimized separately. Compared with trials in the fully quantized model,
    the effect of one range is not hidden in the rounding noise of all other tensors.

    state: must have ranges; the search starts from them.
    proposed: calibrator name -> {tensor: range}, further starting points.
    samples: calibration samples.
    cost: [samples] distance of `compared_tensors` from those of the float model, for these samples.
    step: called with (tensors done, tensors in all).
    """
    ops, model = state.graph.ops, state.model
    live = float_inputs(state.graph, samples)
    chosen: dict[int, Range] = {}
    compared = compared_tensors(state.graph)
    trial = stages(samples.count)
    if state.graph.states:
        trial = (Stage(np.arange(samples.count), MIN_STANDARD_ERRORS),)
    costs = [cost.part(stage.part) for stage in trial]
    held = _holding_constants(state.graph, proposed)
    for k in counted(range(-1, len(ops)), step):
        if k >= 0:
            live = run_float(model, live, k, k + 1, compared)
        made = state.graph.inputs if k < 0 else ops[k].outputs
        free = [
            t
            for t in made
            if t not in {*chosen, *held} and t in live and _has_free_range(state, t, k)
        ]
        if not free:
            continue
        rest = remaining_network(model, live, k + 1)
        lives = [{a: values[stage.part] for a, values in live.items()} for stage in trial]
        for t in free:
            effect = _effect(state.graph.tensors[t], t, lives, rest, costs, state.dtype(t))
            starts = [r[t] for r in proposed.values() if t in r]
            chosen[t] = _search(effect, state.ranges[t], starts, [s.certain for s in trial])
    return state.with_ranges(_of_groups(state, chosen))


def _of_groups(state: QuantizationState, chosen: Mapping[int, Range]) -> dict[int, Range]:
    """The ranges of all members of groups of one scale: wide enough for each that has a range chosen,
    such as both inputs of a concatenation.
    """
    ranges = dict[int, Range]()
    for group in scale_groups(state.graph):
        found = [chosen[t] for t in sorted(group) if t in chosen]
        if found:
            ranges |= dict.fromkeys(group, reduce(Range.widened, found))
    return ranges


def _holding_constants(graph: Graph, proposed: Mapping[str, Ranges]) -> set[int]:
    """The tensors of groups of one scale that hold values of constants beyond those of activations, as
    attention's scores behind a mask do: the effect of one tensor says nothing of these values.
    """

    def widest(t: int) -> Range:
        return reduce(Range.widened, (r[t] for r in proposed.values() if t in r), Range(0.0, 0.0))

    found = set[int]()
    groups = scale_groups(graph)
    for op in graph.ops:
        given = [t for t in op.inputs if t >= 0 and is_activation(graph.tensors[t])]
        if not given or not same_scale(op):
            continue
        whole = reduce(Range.widened, map(widest, given))
        for y in op.outputs:
            if whole.widened(widest(y)) != whole:
                found |= {t for group in groups if y in group for t in group}
    return found


def _has_free_range(state: QuantizationState, t: int, k: int) -> bool:
    """Whether tensor t, an output of operator k (-1: a model input), has a range of its own to
    choose.

    Not chosen are the ranges of float tensors, of tensors whose scale TFLite prescribes, and of the
    outputs of operators that keep the scale of their input.
    """
    moved = k >= 0 and same_scale(state.graph.ops[k])
    real = state.dtype(t) == "float32"
    return (
        t in state.ranges
        and not moved
        and not real
        and fixed_output(state.graph, t, state.dtype(t)) is None
    )


def remaining_network(model: Model, known: Mapping[int, Values], start: int) -> Tail:
    """The float operators from number `start` on, as a function from live tensors [samples, *shape]
    to `compared_tensors`.
    """
    outputs = compared_tensors(model.main)
    part = float_subgraph(
        subgraph(model.main, known, start, len(model.main.ops)), model, known, outputs
    )

    def run(live: Mapping[int, Values]) -> list[Reals]:
        found = part(live)
        return [np.asarray(found[t], np.float32) for t in outputs]

    return run


def _effect(
    tensor: Tensor,
    t: int,
    lives: Sequence[Mapping[int, Values]],
    rest: Tail,
    costs: Sequence[Cost],
    dtype: str,
) -> Effect:
    """A function from a range to the cost of the outputs when only tensor t is fake-quantized with
    that range.

    lives, costs: of each stage, the live tensors of its samples and the cost function.
    """

    def effect(range_: Range, stage: int) -> Floats:
        quantized = Tensor(tensor.name, tensor.shape, dtype, affine(range_, dtype, tensor.name))
        live = lives[stage]
        return costs[stage](rest({**live, t: dequantize(quantize(live[t], quantized), quantized)}))

    return effect


def _search(
    effect: Effect, present: Range, proposals: Sequence[Range], certain: Sequence[float]
) -> Range:
    """The best of the present range and the proposals, improved by moving first its upper and then
    its lower end by the `FACTORS`; each change must lower the cost by `certain` of each stage.
    """
    best = _Tried(present, [effect(present, stage) for stage in range(len(certain))])
    for proposed in dict.fromkeys(proposals):
        best = _nearer(effect, best, proposed, certain)
    for end in ("high", "low"):
        for moved in _moved(best.range, end):
            best = _nearer(effect, best, moved, certain)
    return best.range


@dataclass(frozen=True, eq=False)
class _Tried:
    """A range, and its costs on the samples of each stage."""

    range: Range
    costs: Sequence[Floats]


def _nearer(effect: Effect, best: _Tried, proposed: Range, certain: Sequence[float]) -> _Tried:
    """The better of two ranges; a proposed one must be better at every stage."""
    if proposed == best.range:
        return best
    costs = list[Floats]()
    for stage, errors in enumerate(certain):
        costs.append(effect(proposed, stage))
        tried, so_far = (np.concatenate(parts[: stage + 1]) for parts in (costs, best.costs))
        if not significantly_lower(tried, so_far, errors):
            return best
    return _Tried(proposed, costs)


def _moved(r: Range, end: str) -> Iterator[Range]:
    if getattr(r, end) != 0:
        yield from (
            Range(r.low, r.high * f) if end == "high" else Range(r.low * f, r.high) for f in FACTORS
        )
