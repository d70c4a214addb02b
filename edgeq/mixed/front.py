"""The Pareto front of mixed models: sensitivities measured one change at a time, then whole models along the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
from edgeq.quantize.progress import Step, counted
from edgeq.quantize.replay import Run, run
from edgeq.quantize.state import Reals

POINTS = 24  # whole models that are measured along the way down
WIDENED = 6  # and along the way up


@dataclass(frozen=True)
class Point:
    """One mixed model. changes: against all int8."""

    changes: frozenset[Change]
    costs: Costs

    def to_json(self) -> dict[str, Any]:
        widths: dict[str, list[int]] = {}
        for change in sorted(self.changes, key=lambda c: (c.to, c.layer)):
            widths.setdefault(change.to, []).append(change.layer)
        return {**asdict(self.costs), "changes": widths}


@dataclass(frozen=True)
class Effect:
    """What one change does alone. loss: growth of the outputs' mean square error; saved: bytes of flash."""

    change: Change
    loss: float
    saved: int


@dataclass(frozen=True, eq=False)
class Judge:
    """What models are measured on. expected: the float outputs; labels: classes, or None; instructions: an estimate."""

    samples: Samples
    expected: Reals
    labels: Labels
    instructions: Instructions


def explore(all_of: Alternatives, judge: Judge, step: Step | None = None) -> tuple[Point, ...]:
    """The points that no other beats in flash, arena and error at once, by falling flash.

    The outputs' square error of independent changes adds up (Banner et al. 2019 and HAWQ-V2, Dong et al. 2020, rest on
    the same), so layers are narrowed in the order of loss for a byte saved, from the least on; every model on the way
    is then measured whole, in the integer simulator.
    """
    base = _made(assemble(all_of.base), judge)
    singles = [frozenset({change}) for change in (*all_of.weights, *all_of.wide)]
    effects = [_effect(change, made, base, judge) for (change,), made in _mixes(all_of, singles, judge, base, step)]
    down = narrowing([e for e in effects if e.change in all_of.weights])
    up = [e.change for e in sorted(effects, key=lambda e: e.loss) if e.change in all_of.wide and e.loss < 0]
    sets = [frozenset(up[:n]) for n in range(1, min(len(up), WIDENED) + 1)] + _spread(down, POINTS)
    mixes = _mixes(all_of, sets, judge, base, step)
    return pareto(
        Point(changes, costs(made.model, made.run, judge.expected, judge.labels, judge.instructions))
        for changes, made in mixes
    )


def narrowing(effects: Sequence[Effect]) -> list[frozenset[Change]]:
    """Ever smaller models: at each step the layer that loses least for each byte goes to its next width.

    A layer's widths form a staircase of bytes and loss; only those on its lower convex hull are ever taken, so that
    the loss for a byte never falls along the way (greedy solution of the multiple-choice knapsack).
    """
    moves: list[tuple[float, int, Change]] = []
    for layer in sorted({e.change.layer for e in effects}):
        at = (0, 0.0)
        options = [e for e in effects if e.change.layer == layer and e.saved > 0]
        while options := [e for e in options if e.saved > at[0]]:
            best = min(options, key=lambda e: (max(e.loss, 0.0) - at[1]) / (e.saved - at[0]))
            moves.append(((max(best.loss, 0.0) - at[1]) / (best.saved - at[0]), len(moves), best.change))
            at = (best.saved, max(best.loss, 0.0))
    chosen: dict[int, Change] = {}
    sets = [frozenset[Change]()]
    for _, _, change in sorted(moves):
        chosen[change.layer] = change
        sets.append(frozenset(chosen.values()))
    return sets


def pareto(points: Iterable[Point]) -> tuple[Point, ...]:
    """Those that no other is as good as in everything and better in something."""
    every = list({p.changes: p for p in points}.values())
    key = {id(p): np.array([p.costs.flash_bytes, p.costs.arena_bytes, p.costs.error]) for p in every}
    kept = [p for p in every if not any(_beats(key[id(o)], key[id(p)]) for o in every if o is not p)]
    return tuple(sorted(kept, key=lambda p: (-p.costs.flash_bytes, p.costs.arena_bytes, p.costs.error)))


def _beats(a: Any, b: Any) -> bool:
    return bool(np.all(a <= b) and np.any(a < b))


@dataclass(frozen=True, eq=False)
class _Made:
    """A mix: the integer model without what it does not use, and its run on the samples."""

    model: Model
    run: Run


def _made(model: Model, judge: Judge, base: _Made | None = None) -> _Made:
    return _Made(without_unused(model), run(model, judge.samples, None if base is None else base.run))


def _mixes(all_of: Alternatives, sets: Sequence[frozenset[Change]], judge: Judge, base: _Made,
           step: Step | None) -> Iterator[tuple[frozenset[Change], _Made]]:  # fmt: skip
    """The base with each set of changes made; without those in which a layer has no such arithmetic."""
    for changes in counted(sets, step):
        try:
            model = assemble(all_of.apply(changes))
        except EdgeqError:
            continue
        yield changes, _made(model, judge, base)


def _effect(change: Change, made: _Made, base: _Made, judge: Judge) -> Effect:
    error, before = (float(np.square(m.run.outputs()[0].reshape(judge.expected.shape) - judge.expected).mean())
                     for m in (made, base))  # fmt: skip
    return Effect(change, error - before, flash_bytes(base.model.main) - flash_bytes(made.model.main))


def _spread(sets: Sequence[frozenset[Change]], count: int) -> list[frozenset[Change]]:
    """At most so many, evenly, with both ends."""
    return [sets[int(k)] for k in np.unique(np.linspace(0, len(sets) - 1, count).round())]
