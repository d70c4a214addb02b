"""Suppresses output of C++ libraries that write directly to file descriptors (TensorFlow, TFLite
delegates).
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def quiet_output() -> Iterator[Callable[[], str]]:
    """Captures everything written to file descriptors 1 and 2; yields a function that returns it.

    Affects the whole process and must not be used in several threads at once: wrap only the foreign
    call. Python's own buffers are flushed before and after, so that no other output is lost or
    reordered.
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
