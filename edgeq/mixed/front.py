"""The Pareto front of mixed models: sensitivities measured one change at a time, then whole models along the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from edgeq.data import Samples
from edgeq.errors import UnsupportedError
from edgeq.graph.compact import without_unused
from edgeq.mixed.alternatives import Alternatives, Change
from edgeq.mixed.costs import Costs, Instructions, Labels, costs, flash_bytes
from edgeq.quantize.assemble import assemble
from edgeq.quantize.replay import Reals, Run, run

Progress = Callable[[int, int], None]
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


def explore(all_of: Alternatives, judge: Judge, progress: Progress | None = None) -> tuple[Point, ...]:
    """The points that no other beats in flash, arena and error at once, by falling flash.

    The outputs' square error of independent changes adds up (Banner et al. 2019 and HAWQ-V2, Dong et al. 2020, rest on
    the same), so layers are narrowed in the order of loss for a byte saved, from the least on; every model on the way
    is then measured whole, in the integer simulator.
    """
    base = run(assemble(all_of.base), judge.samples)
    changes = [*all_of.weights, *all_of.wide]
    effects = []
    for done, change in enumerate(changes):
        effect = _effect(all_of, change, judge, base)
        effects += [] if effect is None else [effect]
        if progress is not None:
            progress(done + 1, len(changes))
    down = narrowing([e for e in effects if e.change in all_of.weights])
    up = [e.change for e in sorted(effects, key=lambda e: e.loss) if e.change in all_of.wide and e.loss < 0]
    sets = [frozenset(up[:n]) for n in range(1, min(len(up), WIDENED) + 1)] + _spread(down, POINTS)
    points = []
    for done, chosen in enumerate(sets):
        point = _measured(all_of, chosen, judge, base)
        points += [] if point is None else [point]
        if progress is not None:
            progress(done + 1, len(sets))
    return pareto(points)


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


def _effect(all_of: Alternatives, change: Change, judge: Judge, base: Run) -> Effect | None:
    try:
        model = assemble(all_of.apply(frozenset({change})))
    except UnsupportedError:
        return None
    loss = _square_error(run(model, judge.samples, base), judge.expected) - _square_error(base, judge.expected)
    before = flash_bytes(without_unused(assemble(all_of.base)).main)
    return Effect(change, loss, before - flash_bytes(without_unused(model).main))


def _square_error(found: Run, expected: Reals) -> float:
    return float(np.square(found.outputs()[0].reshape(expected.shape) - expected).mean())


def _measured(all_of: Alternatives, chosen: frozenset[Change], judge: Judge, base: Run) -> Point | None:
    try:
        model = assemble(all_of.apply(chosen))
    except UnsupportedError:
        return None
    found = run(model, judge.samples, base)
    return Point(chosen, costs(model, found, judge.expected, judge.labels, judge.instructions))


def _spread(sets: Sequence[frozenset[Change]], count: int) -> list[frozenset[Change]]:
    """At most so many, evenly, with both ends."""
    return [sets[int(k)] for k in np.unique(np.linspace(0, len(sets) - 1, count).round())]
