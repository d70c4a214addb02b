"""The Pareto front of mixed-precision models: the sensitivity of each single change, then whole
models along a greedy path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.graph.compact import without_unused
from edgeq.mixed.alternatives import Alternatives, Change
from edgeq.mixed.costs import Costs, Instructions, Labels, costs, flash_bytes
from edgeq.quantize.assemble import assemble
from edgeq.quantize.incremental_run import Run, run
from edgeq.quantize.progress import Step, counted
from edgeq.quantize.quantization_state import Reals

POINTS = 24  # models measured along the narrowing path
WIDENED = 6  # models measured with int16 activations


@dataclass(frozen=True)
class Point:
    """One mixed-precision model. changes: relative to all int8."""

    changes: frozenset[Change]
    costs: Costs

    def to_json(self) -> dict[str, Any]:
        widths: dict[str, list[int]] = {}
        for change in sorted(self.changes, key=lambda c: (c.to, c.layer)):
            widths.setdefault(change.to, []).append(change.layer)
        return {**asdict(self.costs), "changes": widths}


@dataclass(frozen=True)
class Effect:
    """The effect of a single change.

    loss: increase of the outputs' mean squared error.
    saved: bytes of flash.
    """

    change: Change
    loss: float
    saved: int


def _as_assembled(model: Model) -> Model:
    """A model without variables that were opened."""
    return model


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The data that models are evaluated on.

    expected: the float model's outputs on the samples.
    labels: class numbers, or None.
    instructions: estimator.
    closed: an assembled model as it is evaluated, with variables in place of inputs and outputs.
    """

    samples: Samples
    expected: Reals
    labels: Labels
    instructions: Instructions
    closed: Callable[[Model], Model] = _as_assembled


def explore(
    all_of: Alternatives, evaluation: Evaluation, step: Step | None = None
) -> tuple[Point, ...]:
    """The Pareto-optimal models in flash, arena and error, by decreasing flash.

    The squared output errors of independent changes add up (Banner et al. 2019; HAWQ-V2, Dong et
    al. 2020), so layers are narrowed in the order of loss per byte saved. Models along that path
    are then measured whole in the integer simulator.
    """
    base = _evaluated(assemble(all_of.base), evaluation)
    singles = [frozenset({change}) for change in (*all_of.weights, *all_of.wide)]
    effects = [
        _effect(change, made, base, evaluation)
        for (change,), made in _mixes(all_of, singles, evaluation, base, step)
    ]
    down = narrowing_order([e for e in effects if e.change in all_of.weights])
    up = [
        e.change
        for e in sorted(effects, key=lambda e: e.loss)
        if e.change in all_of.wide and e.loss < 0
    ]
    sets = [frozenset(up[:n]) for n in range(1, min(len(up), WIDENED) + 1)] + _evenly_spaced(
        down, POINTS
    )
    mixes = _mixes(all_of, sets, evaluation, base, step)
    return pareto(
        Point(
            changes,
            costs(
                made.model,
                made.run,
                evaluation.expected,
                evaluation.labels,
                evaluation.instructions,
            ),
        )
        for changes, made in mixes
    )


def narrowing_order(effects: Sequence[Effect]) -> list[frozenset[Change]]:
    """Sets of changes that make a model ever smaller: each step narrows the layer that loses least
    per byte.

    Of a layer's widths only those on the lower convex hull of (bytes saved, loss) are used, so that
    the loss per byte never decreases along the path (the greedy solution of the multiple-choice
    knapsack problem).
    """
    moves: list[tuple[float, int, Change]] = []
    for layer in sorted({e.change.layer for e in effects}):
        at = (0, 0.0)
        options = [e for e in effects if e.change.layer == layer and e.saved > 0]
        while options := [e for e in options if e.saved > at[0]]:
            best = min(options, key=lambda e: (max(e.loss, 0.0) - at[1]) / (e.saved - at[0]))
            moves.append(
                ((max(best.loss, 0.0) - at[1]) / (best.saved - at[0]), len(moves), best.change)
            )
            at = (best.saved, max(best.loss, 0.0))
    chosen: dict[int, Change] = {}
    sets = [frozenset[Change]()]
    for _, _, change in sorted(moves):
        chosen[change.layer] = change
        sets.append(frozenset(chosen.values()))
    return sets


def pareto(points: Iterable[Point]) -> tuple[Point, ...]:
    """The points that no other point dominates."""
    every = list({p.changes: p for p in points}.values())
    key = {
        id(p): np.array([p.costs.flash_bytes, p.costs.arena_bytes, p.costs.error]) for p in every
    }
    kept = [
        p for p in every if not any(_beats(key[id(o)], key[id(p)]) for o in every if o is not p)
    ]
    return tuple(
        sorted(kept, key=lambda p: (-p.costs.flash_bytes, p.costs.arena_bytes, p.costs.error))
    )


def _beats(a: Any, b: Any) -> bool:
    return bool(np.all(a <= b) and np.any(a < b))


@dataclass(frozen=True, eq=False)
class _EvaluatedModel:
    """An evaluated mix: the integer model without unused tensors, and its activations on the
    samples.
    """

    model: Model
    run: Run


def _evaluated(
    model: Model, evaluation: Evaluation, base: _EvaluatedModel | None = None
) -> _EvaluatedModel:
    whole = evaluation.closed(model)
    before = None if base is None else base.run
    return _EvaluatedModel(without_unused(whole), run(whole, evaluation.samples, before))


def _mixes(
    all_of: Alternatives,
    sets: Sequence[frozenset[Change]],
    evaluation: Evaluation,
    base: _EvaluatedModel,
    step: Step | None,
) -> Iterator[tuple[frozenset[Change], _EvaluatedModel]]:
    """The base with each set of changes applied; sets that need arithmetic that an operator lacks
    are left out.
    """
    for changes in counted(sets, step):
        try:
            model = assemble(all_of.apply(changes))
        except EdgeqError:
            continue
        yield changes, _evaluated(model, evaluation, base)


def _effect(
    change: Change, made: _EvaluatedModel, base: _EvaluatedModel, evaluation: Evaluation
) -> Effect:
    error, before = (
        float(
            np.square(
                m.run.outputs()[0].reshape(evaluation.expected.shape) - evaluation.expected
            ).mean()
        )
        for m in (made, base)
    )
    return Effect(
        change, error - before, flash_bytes(base.model.main) - flash_bytes(made.model.main)
    )


def _evenly_spaced(sets: Sequence[frozenset[Change]], count: int) -> list[frozenset[Change]]:
    """At most `count` of the sets, evenly spaced, first and last included."""
    return [sets[int(k)] for k in np.unique(np.linspace(0, len(sets) - 1, count).round())]
