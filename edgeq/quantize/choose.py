"""Calibrators by trial: those are kept with which the integer model's outputs come nearest to the float model's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.assemble import assemble
from edgeq.quantize.groups import choosable, judged_tensors, shared
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


@dataclass(frozen=True, eq=False)
class Choice:
    """A proposal that was taken, by name, the state with its ranges, and what its integer model costs [samples]."""

    name: str
    state: Quantizing
    costs: Floats


def choose_for_all(state: Quantizing, proposed: Mapping[str, Ranges], samples: Samples, cost: Cost,
                   step: Step | None = None) -> Choice:  # fmt: skip
    """The proposal whose integer model has the lowest mean cost on the samples."""
    found: list[Choice] = []
    for name, ranges in counted(tuple(proposed.items()), step):
        tried = state.with_ranges(shared(state.graph, ranges))
        found.append(Choice(name, tried, cost(run(assemble(tried), samples).real(judged_tensors(state.graph)))))
    return min(found, key=lambda choice: (float(choice.costs.mean()), choice.name))


def choose_for_each(state: Quantizing, proposed: Mapping[str, Ranges], samples: Samples, cost: Cost,
                    step: Step | None = None) -> Quantizing:  # fmt: skip
    """From a state with ranges, tensor by tensor in the order of the graph, the proposal that helps, if one does.

    One that wins by less than `CERTAIN` standard errors of the paired difference is left: with some tens of tensors and
    some hundreds of samples the best of many equal trials is luck that other samples do not share.
    """
    current = run(assemble(state), samples)
    judged = judged_tensors(state.graph)
    best = cost(current.real(judged))
    candidates = [shared(state.graph, ranges) for ranges in proposed.values()]
    for group in counted(choosable(state), step):
        before, before_cost = current, best
        for ranges in candidates:
            tried = state.with_ranges({t: ranges[t] for t in group})
            if tried.ranges == state.ranges:
                continue
            now = run(assemble(tried), samples, before)
            costs = cost(now.real(judged))
            if costs.mean() < best.mean() and better(costs, before_cost):
                state, current, best = tried, now, costs
    return state
