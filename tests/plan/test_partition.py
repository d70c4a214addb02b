"""Partitions of a program, against all of them: the least bottleneck and the lightest below a limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeq.plan.partition import (
    Part,
    Partition,
    Weigh,
    by_instructions,
    by_offsets,
    by_steps,
    least_bottleneck,
    lightest_partition,
    total_weight,
)


def partitions(parts: Sequence[Part], steps: int, at: int = 0) -> Iterator[Partition]:
    """All of them, one part after the other."""
    if at == steps:
        yield ()
    for part in parts:
        if part.first == at:
            for rest in partitions(parts, steps, part.last + 1):
                yield part, *rest


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Part], int]:
    """Every step alone, and some runs of steps, with random costs; and the number of steps."""
    steps, cost, small = draw(st.integers(1, 7)), st.integers(0, 20), st.integers(0, 3)
    runs = [(first, last) for first in range(steps) for last in range(first, steps)]
    kept = [run for run in runs if run[0] == run[1] or draw(st.booleans())]
    return [Part(*run, 0, draw(cost), draw(small), extra=draw(small)) for run in kept], steps


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from([by_steps, by_offsets, by_instructions]))
def test_the_best_of_all_partitions_is_found(table: tuple[list[Part], int], weigh: Weigh) -> None:
    parts, steps = table
    bottleneck = {p: max(part.arena_bytes for part in p) for p in partitions(parts, steps)}
    limit = least_bottleneck(parts, steps)
    assert limit == min(bottleneck.values())
    for more in (limit, limit + 3):
        found = lightest_partition(parts, steps, more, weigh)
        within = [p for p, most in bottleneck.items() if most <= more]
        assert found in within
        assert total_weight(found, weigh) == min(total_weight(p, weigh) for p in within)
