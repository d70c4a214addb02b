"""How a long step tells how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

Progress = Callable[[str, int, int], None]  # what, done, of how many
Step = Callable[[int, int], None]  # done, of how many
Item = TypeVar("Item")


def step_of(progress: Progress | None, what: str) -> Step | None:
    """What a step calls that bears a name."""
    return None if progress is None else partial(progress, what)


def counted(items: Sequence[Item], step: Step | None) -> Iterator[Item]:
    """The items; each is told as done when the next one is asked for."""
    for done, item in enumerate(items, start=1):
        yield item
        if step is not None:
            step(done, len(items))
