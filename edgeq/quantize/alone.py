"""Ranges by what each does alone: one tensor quantized in the float network, the outputs' change measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from edgeq.data import Samples
from edgeq.data.quantized import dequantize, quantize
from edgeq.graph import Model, Tensor
from edgeq.opkit.contract import Values
from edgeq.quantize.affine import affine
from edgeq.quantize.choose import Cost, Ranges, better
from edgeq.quantize.follow import fed, float_part, run_float, segment
from edgeq.quantize.groups import fixed_output, groups, judged_tensors, same_scale
from edgeq.quantize.progress import Step, counted
from edgeq.quantize.state import Floats, Quantizing, Range, Reals

FACTORS = (0.7, 0.85, 0.93, 1.08)  # of each end, tried around the best proposal

Effect = Callable[[Range], Floats]
Tail = Callable[[Mapping[int, Values]], list[Reals]]


def choose_alone(state: Quantizing, proposed: Mapping[str, Ranges], samples: Samples, cost: Cost,
                 step: Step | None = None) -> Quantizing:  # fmt: skip
    """For each tensor the range with which, if nothing else is quantized, the outputs change least.

    Errors of different tensors are nearly independent, so their squares add up at the outputs, and each can be made
    small by itself; unlike trials with the whole integer network, these do not drown in the other tensors' rounding.
    state: with ranges, where the search begins. cost: distance of `judged_tensors` from the float model's,
    of these samples.
    """
    ops, model = state.graph.ops, state.model
    group_of = {t: group for group in groups(state.graph) for t in group}
    live = fed(state.graph, samples)
    chosen: dict[int, Range] = {}
    for k in counted(range(-1, len(ops)), step):
        if k >= 0:
            live = run_float(model, live, k, k + 1)
        made = state.graph.inputs if k < 0 else ops[k].outputs
        free = [t for t in made if t not in chosen and t in live and _free(state, t, k)]
        if not free:
            continue
        rest = tail(model, live, k + 1)
        for t in free:
            effect = _effect(state.graph.tensors[t], t, live, rest, cost, state.dtype(t))
            best = _search(effect, state.ranges[t], [r[t] for r in proposed.values() if t in r])
            chosen |= dict.fromkeys(group_of[t], best)
    return state.with_ranges(chosen)


def _free(state: Quantizing, t: int, k: int) -> bool:
    """Whether a tensor's range can be chosen, and is not that of what an operator only moves."""
    moved = k >= 0 and same_scale(state.graph.ops[k])
    real = state.dtype(t) == "float32"
    return t in state.ranges and not moved and not real and fixed_output(state.graph, t, state.dtype(t)) is None


def tail(model: Model, known: Mapping[int, Values], start: int) -> Tail:
    """The operators from `start` on as a function of live tensors [samples, *shape] to `judged_tensors`."""
    outputs = judged_tensors(model.main)
    part = float_part(segment(model.main, known, start, len(model.main.ops)), model, known, outputs)

    def run(live: Mapping[int, Values]) -> list[Reals]:
        found = part(live)
        return [np.asarray(found[t], np.float32) for t in outputs]

    return run


def _effect(tensor: Tensor, t: int, live: Mapping[int, Values], rest: Tail, cost: Cost, dtype: str) -> Effect:
    """The cost of the outputs, [samples], with tensor t quantized by a range."""

    def effect(range_: Range) -> Floats:
        quantized = Tensor(tensor.name, tensor.shape, dtype, affine(range_, dtype, tensor.name))
        return cost(rest({**live, t: dequantize(quantize(live[t], quantized), quantized)}))

    return effect


def _search(effect: Effect, present: Range, proposals: Sequence[Range]) -> Range:
    """The best of the present range and the proposals, then each end moved, as long as that helps beyond luck."""
    best, lowest = present, effect(present)
    for proposed in dict.fromkeys(proposals):
        best, lowest = _nearer(effect, best, lowest, proposed)
    for end in ("high", "low"):
        for moved in _moved(best, end):
            best, lowest = _nearer(effect, best, lowest, moved)
    return best


def _nearer(effect: Effect, best: Range, lowest: Floats, proposed: Range) -> tuple[Range, Floats]:
    costs = lowest if proposed == best else effect(proposed)
    return (proposed, costs) if better(costs, lowest) else (best, lowest)


def _moved(r: Range, end: str) -> Iterator[Range]:
    if getattr(r, end) != 0:
        yield from (Range(r.low, r.high * f) if end == "high" else Range(r.low * f, r.high) for f in FACTORS)
