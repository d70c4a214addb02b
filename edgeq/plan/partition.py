"""Partitions of a program into pipelines and single steps: the best by dynamic programming.

A partition cuts the steps, in their order, into parts: each a possible pipeline or a single step.
Pipelines share no step, and what lies within one is held nowhere else, so the bytes that must be
held while a part runs do not depend on the other parts. Hence no arena is smaller than the most
that a part of the partition needs, and the least such maximum over all partitions is found by
dynamic programming over the steps (linear partitioning with a bottleneck objective): O(parts) once
they are sorted. Both functions here are optimal for the parts given; that an arena of that size can
be placed is not said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from edgeq.plan.schedule import Pipeline


@dataclass(frozen=True)
class Part:
    """Steps `first` to `last`, both included, as a pipeline, or a single step that runs as it is.

    lower_bound: bytes of every arena with such a pipeline, whatever its line buffers and firings.
    arena_bytes: those with the best pipeline found; the lower bound, too, until one was built.
    offset: bytes by which the output starts below what it overlaps, at least. width: which of their
    row kernels the steps take, 0 for those of the most rows in a call. extra: instructions that
    they add, in parts of a million of the program's. built: whether `arena_bytes` is known for
    sure. pipeline: None for a single step.
    """

    first: int
    last: int
    lower_bound: int
    arena_bytes: int
    offset: int = 0
    width: int = 0
    extra: int = 0
    built: bool = False
    pipeline: Pipeline | None = None

    @property
    def fused(self) -> int:
        """Steps that run as stages of a pipeline."""
        return self.last - self.first + 1 if self.last > self.first else 0


UNBOUNDED = 1 << 62  # bytes
Partition = tuple[Part, ...]  # from the first step to the last
Weight = tuple[int, ...]  # of parts they add up; the least is wanted, compared number by number
Weigh = Callable[[Part], Weight]


def by_steps(part: Part) -> Weight:
    """Weighs a partition by the steps that it fuses, then pipelines, then added instructions."""
    return part.fused, int(part.fused > 0), part.extra


def by_offsets(part: Part) -> Weight:
    """Weighs a partition by how far outputs start below their inputs: each such offset pushes
    buffers apart, so that placements need more than the most that a part needs.
    """
    return part.offset, *by_steps(part)


def by_instructions(part: Part) -> Weight:
    """Weighs a partition by the instructions that its pipelines add."""
    return part.extra, *by_steps(part)


def total_weight(partition: Partition, weigh: Weigh) -> Weight:
    """The weights of all parts, added up number by number."""
    return tuple(map(sum, zip(*map(weigh, partition), strict=True)))


def least_bottleneck(parts: Iterable[Part], steps: int) -> int:
    """The least, over all partitions of so many steps, of the most bytes that a part needs;
    UNBOUNDED where the parts make no partition.
    """
    best = [0, *[UNBOUNDED] * steps]
    for part in sorted(parts, key=lambda p: p.last):
        best[part.last + 1] = min(best[part.last + 1], max(best[part.first], part.arena_bytes))
    return best[-1]


def lightest_partition(parts: Iterable[Part], steps: int, limit: int, weigh: Weigh) -> Partition:
    """Of all partitions none of whose parts needs more than `limit` bytes, the one of the least
    weight. There must be one.
    """
    best: dict[int, tuple[Weight, Part | None]] = {0: ((), None)}
    for part in sorted(parts, key=lambda p: p.last):
        if part.arena_bytes <= limit and (before := best.get(part.first)) is not None:
            added = weigh(part)
            total = (
                tuple(a + b for a, b in zip(before[0], added, strict=True)) if before[0] else added
            )
            if part.last + 1 not in best or total < best[part.last + 1][0]:
                best[part.last + 1] = total, part
    found, at = list[Part](), steps
    while (last := best[at][1]) is not None:
        found.append(last)
        at = last.first
    return tuple(reversed(found))
