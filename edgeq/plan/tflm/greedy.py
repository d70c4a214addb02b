"""TFLM's GreedyMemoryPlanner (memory_planner/greedy_memory_planner.cc), offset for offset."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from operator import itemgetter

from edgeq.plan.tflm.lifetimes import Lifetime


def plan_size(buffers: Sequence[Lifetime]) -> int:
    """Bytes of the arena's head once every buffer has its place.

    The largest goes first; among equals the one that was added last, as TFLM fills its list from
    the tail and then sorts stably. Each takes the first gap between those already placed that are
    live at the same time.
    """
    order = sorted(enumerate(buffers), key=lambda item: (-item[1].size, -item[0]))
    placed: list[tuple[int, Lifetime]] = []
    for _, buffer in order:
        insort(placed, (_first_gap(buffer, placed), buffer), key=itemgetter(0))
    return max((offset + buffer.size for offset, buffer in placed), default=0)


def _first_gap(wanted: Lifetime, placed: Sequence[tuple[int, Lifetime]]) -> int:
    offset = 0
    for start, buffer in placed:
        if buffer.meets(wanted):
            if start - offset >= wanted.size:
                break
            offset = max(offset, start + buffer.size)
    return offset
