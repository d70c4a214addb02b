"""A limit of time for functions of TensorFlow, whose loops may never end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from edgeq.convert.backend import imported, tensorflow
from edgeq.errors import EdgeqError


@contextmanager
def in_time(function: Any, seconds: float) -> Iterator[Callable[..., Any]]:
    """The concrete function with a limit for each call: EdgeqError after so many seconds, when
    TensorFlow is told to leave its loops. No call may follow on one that was left.

    One thread watches all calls, as to start one for each takes longer than most calls.
    """
    manager = imported("tensorflow.python.eager.cancellation").CancellationManager()
    cancelable = manager.get_cancelable_function(function)
    began, done = time.monotonic(), threading.Event()

    def watch() -> None:
        while (left := began + seconds - time.monotonic()) > 0:
            if done.wait(left):
                return
        manager.start_cancel()

    def compute(*given: Any) -> Any:
        nonlocal began
        began = time.monotonic()
        try:
            return cancelable(*given)
        except tensorflow().errors.CancelledError as error:
            why = f"one sample takes longer than {seconds} s"
            raise EdgeqError(
                "the float model", why, "make sure that each loop of it ends, or make it smaller"
            ) from error

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield compute
    finally:
        done.set()
        watching.join()
