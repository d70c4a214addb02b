"""Calibrators by trial: those are kept with which the integer model's outputs come nearest to the float model's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.assemble import assemble
from edgeq.quantize.groups import choosable, shared
from edgeq.quantize.progress import Step, counted
from edgeq.quantize.replay import run
from edgeq.quantize.state import Floats, Quantizing, Range, Reals

CERTAIN = 2.0  # standard errors by which a change must help
Cost = Callable[[Sequence[Reals]], Floats]
Ranges = Mapping[int, Range]


def output_error(expected: Sequence[Reals]) -> Cost:
    """[samples]: mean absolute difference of outputs from `expected`, each [samples, ...] and in its own spread."""
    spreads = [max(float(np.std(e)), 1e-12) for e in expected]

    def cost(outputs: Sequence[Reals]) -> Floats:
        pairs = zip(outputs, expected, spreads, strict=True)
        parts = [np.abs(o - e).reshape(len(o), -1).mean(axis=1) / s for o, e, s in pairs]
        return np.asarray(np.mean(parts, axis=0), np.float64)

    return cost


def better(costs: Floats, than: Floats, certain: float = CERTAIN) -> bool:
    """Whether costs [samples] are lower by so many standard errors of their paired difference that it is no luck."""
    difference = than - costs
    return bool(difference.mean() > certain * difference.std() / np.sqrt(len(difference)))


def choose_for_all(state: Quantizing, proposed: Mapping[str, Ranges], samples: Samples, cost: Cost,
                   step: Step | None = None) -> tuple[str, Quantizing]:  # fmt: skip
    """The proposal whose integer model has the lowest mean cost on the samples, by name, and the state with it."""
    found: list[tuple[float, str]] = []
    for name, ranges in counted(tuple(proposed.items()), step):
        tried = state.with_ranges(shared(state.graph, ranges))
        found.append((float(cost(run(assemble(tried), samples).outputs()).mean()), name))
    best = min(found)[1]
    return best, state.with_ranges(shared(state.graph, proposed[best]))


def choose_for_each(state: Quantizing, proposed: Mapping[str, Ranges], samples: Samples, cost: Cost,
                    step: Step | None = None) -> Quantizing:  # fmt: skip
    """From a state with ranges, tensor by tensor in the order of the graph, the proposal that helps, if one does.

    One that wins by less than `CERTAIN` standard errors of the paired difference is left: with some tens of tensors and
    some hundreds of samples the best of many equal trials is luck that other samples do not share.
    """
    current = run(assemble(state), samples)
    best = cost(current.outputs())
    candidates = [shared(state.graph, ranges) for ranges in proposed.values()]
    for group in counted(choosable(state), step):
        before, before_cost = current, best
        for ranges in candidates:
            tried = state.with_ranges({t: ranges[t] for t in group})
            if tried.ranges == state.ranges:
                continue
            now = run(assemble(tried), samples, before)
            costs = cost(now.outputs())
            if costs.mean() < best.mean() and better(costs, before_cost):
                state, current, best = tried, now, costs
    return state
