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
    """An input took more than its seconds of a core."""


@contextlib.contextmanager
def within(seconds: int) -> Iterator[None]:
    """Raises TooLongError inside the block after so many seconds of CPU time, however busy the
    machine is.
    """

    def ring(*_: object) -> None:
        raise TooLongError(f"more than {seconds} s")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def limit_memory() -> None:
    """Lets the process take `MEMORY` more than it has; then it gets a MemoryError."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    limit = used + MEMORY + SLACK
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
