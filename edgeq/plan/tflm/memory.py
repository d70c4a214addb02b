"""TFLM's arena while a model is prepared: what is taken at both ends, and the most that any step
needed (arena_allocator/single_arena_buffer_allocator.cc).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from edgeq.plan.tflm.lifetimes import ALIGNMENT

POINTER = 4
PLANNER_RECORD = 40  # GreedyMemoryPlanner::per_buffer_size()


@dataclass
class Arena:
    """Bytes taken at both ends, and the largest need so far with the step that had it."""

    tail: int = 0
    head: int = 0
    temporary: int = 0
    need: int = 0
    limit: str = ""
    step: str = field(default="records", compare=False)

    def persist(self, size: int, alignment: int = POINTER) -> None:
        self.tail = round_up(self.tail + size, alignment)
        self._note()

    def take(self, size: int) -> None:
        self.temporary += round_up(size, POINTER)
        self._note()

    def resize_head(self, size: int) -> None:
        self.head, self.temporary = size, 0
        self._note()

    def plan_within(self, buffers: int) -> None:
        """The planner's own records fill what is left between the aligned temporaries and the
        aligned tail.
        """
        top = round_up(self.head + self.temporary, ALIGNMENT)
        self._note(top + buffers * PLANNER_RECORD + round_up(self.tail, ALIGNMENT))

    def _note(self, need: int = 0) -> None:
        need = max(need, self.head + self.temporary + self.tail)
        if need > self.need:
            self.need, self.limit = need, self.step


def round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
