"""Silence for C++ libraries that write to file descriptors behind Python's back (TensorFlow, TFLite delegates)."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def quiet_output() -> Iterator[Callable[[], str]]:
    """Everything written to file descriptors 1 and 2 is kept from the terminal; yields a function that returns it.

    Process-wide and not re-entrant across threads: wrap only the foreign call. Python's own buffers are flushed
    before and after, so no line of ours is lost or reordered.
    """
    with tempfile.TemporaryFile() as sink, contextlib.ExitStack() as restore:
        _flush()
        for descriptor in (1, 2):
            saved = os.dup(descriptor)
            restore.callback(os.close, saved)
            restore.callback(os.dup2, saved, descriptor)
            os.dup2(sink.fileno(), descriptor)
        restore.callback(_flush)
        yield lambda: _text(sink.fileno())


def _text(descriptor: int) -> str:
    _flush()
    return os.pread(descriptor, 1 << 20, 0).decode(errors="replace")


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
