"""Choosing a calibrator by trial: the one whose integer model has outputs nearest to the float
model's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.graph import Graph, Model
from edgeq.quantize.assemble import assemble
from edgeq.quantize.incremental_run import run
from edgeq.quantize.observe import FloatRunner
from edgeq.quantize.progress import Step, counted
from edgeq.quantize.quantization_state import Floats, QuantizationState, Range, Reals
from edgeq.quantize.scale_groups import (
    compared_tensors,
    free_groups,
    saturated_tensors,
    unify_ranges,
)

SELECTION_SAMPLES = 256  # samples that choices are made by
MIN_STANDARD_ERRORS = 2.0  # of a paired difference, to count as a gain
EARLY = ((1 / 6, -1.0), (4 / 9, 0.0))  # shares of the samples, with the standard errors asked for
FEWEST = 48  # samples that are divided into stages
Ranges = Mapping[int, Range]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Cost:
    """The cost function [samples] of outputs: the generalized mean of their differences from
    `expected`.

    expected: the float model's outputs, each [samples, ...].
    deviations: what each difference is divided by.
    powers: of each output's mean; 1 is the mean absolute difference, 2 the root mean square.
    """

    expected: tuple[Reals, ...]
    deviations: tuple[float, ...]
    powers: tuple[int, ...]

    def __call__(self, outputs: Sequence[Reals]) -> Floats:
        parts = zip(outputs, self.expected, self.deviations, self.powers, strict=True)
        means = [generalized_mean((o - e).reshape(len(o), -1), p) / s for o, e, s, p in parts]
        return np.asarray(np.mean(means, axis=0), np.float64)

    def part(self, chosen: Indices) -> Cost:
        """The cost function of some of the samples."""
        return replace(self, expected=tuple(e[chosen] for e in self.expected))


def generalized_mean(differences: Reals, power: int) -> Floats:
    """(mean(|d|^power))^(1 / power) of each row."""
    powers = np.abs(differences, dtype=np.float64) ** power
    return np.asarray(powers.mean(axis=1) ** (1 / power))


def output_error(graph: Graph, tensors: Sequence[int], expected: Sequence[Reals]) -> Cost:
    """The cost function of some tensors of a graph, whose differences from `expected`, each
    [samples, ...], are divided by the standard deviation of the tensor.

    Squares count a value that is clipped as the SQNR does. Where an operator saturates, as SOFTMAX
    does, a clipped value changes little, and mean differences say more of what it gives.
    """
    saturated = saturated_tensors(graph)
    deviations = tuple(max(float(np.std(e)), 1e-12) for e in expected)
    return Cost(tuple(expected), deviations, tuple(1 if t in saturated else 2 for t in tensors))


def distance(model: Model, samples: Samples, tensors: Sequence[int] | None = None) -> Cost:
    """The cost function of an integer model: distance of its `compared_tensors`, or of given
    tensors, from the float model's on the samples.
    """
    compared = compared_tensors(model.main) if tensors is None else tensors
    expected = FloatRunner(model, compared)(samples)
    return output_error(model.main, compared, [expected[t] for t in compared])


def significantly_lower(costs: Floats, than: Floats, certain: float = MIN_STANDARD_ERRORS) -> bool:
    """Whether costs [samples] are lower than others of the same samples by `certain` standard
    errors of the mean paired difference.
    """
    difference = than - costs
    return bool(difference.mean() > certain * difference.std() / np.sqrt(len(difference)))


@dataclass(frozen=True, eq=False)
class Stage:
    """A part of the samples that a choice is tried on. certain: standard errors by which its cost on
    the parts so far must be lower for it to be tried on the next, or behind the last to be taken;
    negative ones say how much higher it may be.
    """

    part: Indices
    certain: float


def stages(samples: int) -> tuple[Stage, ...]:
    """The stages of a trial on so many samples: evenly spaced ones, then further ones in between, then
    all others. Most choices that gain nothing show that early.

    Of gains of twice their standard error on all samples, the first stage misses 4 of 100 and the
    second 9; larger ones hardly ever.
    """
    left, found = np.arange(samples), list[Stage]()
    for share, certain in EARLY if samples >= FEWEST else ():
        count = round(share * samples) - (samples - len(left))
        part = left[np.linspace(0, len(left) - 1, count).astype(np.intp)]
        left = np.setdiff1d(left, part)
        found.append(Stage(part, certain))
    return (*found, Stage(left, MIN_STANDARD_ERRORS))


@dataclass(frozen=True, eq=False)
class Choice:
    """A calibrator that was chosen.

    name: of the calibrator.
    state: with its ranges.
    costs: of its integer model, [samples].
    """

    name: str
    state: QuantizationState
    costs: Floats


def choose_calibrator(
    state: QuantizationState,
    proposed: Mapping[str, Ranges],
    samples: Samples,
    cost: Cost,
    step: Step | None = None,
) -> Choice:
    """The one calibrator, used for all tensors, whose integer model has the lowest mean cost on the
    samples.

    proposed: calibrator name -> {tensor: range}.
    cost: [samples], distance of `compared_tensors` from the float model's.
    """
    found: list[Choice] = []
    for name, ranges in counted(tuple(proposed.items()), step):
        tried = state.with_ranges(unify_ranges(state.graph, ranges))
        found.append(
            Choice(
                name, tried, cost(run(assemble(tried), samples).real(compared_tensors(state.graph)))
            )
        )
    return min(found, key=lambda choice: (float(choice.costs.mean()), choice.name))


def choose_per_tensor(
    state: QuantizationState,
    proposed: Mapping[str, Ranges],
    samples: Samples,
    cost: Cost,
    step: Step | None = None,
) -> QuantizationState:
    """For each tensor in the graph's order, the calibrator's range that lowers the integer model's
    cost significantly; else its present one.

    A gain of less than `MIN_STANDARD_ERRORS` standard errors is rejected: with tens of tensors and
    hundreds of samples, the best of many equal trials fits the samples and does not generalize.

    state: with ranges, the starting point.
    proposed: calibrator name -> {tensor: range}.
    cost: [samples], distance of `compared_tensors` from the float model's.
    """
    current = run(assemble(state), samples)
    compared = compared_tensors(state.graph)
    best = cost(current.real(compared))
    candidates = [unify_ranges(state.graph, ranges) for ranges in proposed.values()]
    for group in counted(free_groups(state), step):
        before, before_cost = current, best
        for ranges in candidates:
            tried = state.with_ranges({t: ranges[t] for t in group})
            if tried.ranges == state.ranges:
                continue
            now = run(assemble(tried), samples, before)
            costs = cost(now.real(compared))
            if costs.mean() < best.mean() and significantly_lower(costs, before_cost):
                state, current, best = tried, now, costs
    return state
