"""Bounds of one execution, and what breaks them."""

from __future__ import annotations

import contextlib
import resource
import signal
from collections.abc import Iterator

SECONDS = 10
MEMORY = 1 << 30  # bytes beyond what the process has when it starts
SLACK = 1 << 30  # addresses that are no pages


class TooLongError(Exception):
    """An input took more than its seconds."""


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raises TooLongError inside the block after so many seconds."""

    def ring(*_: object) -> None:
        raise TooLongError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def limit_memory() -> None:
    """Lets the process take `MEMORY` more than it has; then it gets a MemoryError."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    limit = used + MEMORY + SLACK
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
