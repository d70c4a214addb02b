"""Progress callbacks of long computations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

Progress = Callable[[str, int, int], None]  # what, done, of how many
Step = Callable[[int, int], None]  # done, of how many
Item = TypeVar("Item")


def step_of(progress: Progress | None, what: str) -> Step | None:
    """The callback (done, of how many) of one named step, None without a progress callback."""
    return None if progress is None else partial(progress, what)


def counted(items: Sequence[Item], step: Step | None) -> Iterator[Item]:
    """Iterates over items; calls `step` after each one is finished."""
    for done, item in enumerate(items, start=1):
        yield item
        if step is not None:
            step(done, len(items))
