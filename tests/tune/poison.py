"""An object that kills the worker that receives it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


class Poison:
    """Ends the process that unpickles it, unless that is Dask's scheduler."""

    def __reduce__(self) -> tuple[Callable[[], Poison], tuple[()]]:
        return swallow, ()


def swallow() -> Poison:
    if "scheduler" in sys.argv:
        return Poison()
    os._exit(3)
