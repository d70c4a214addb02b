"""Importing modules that the user named, from where the user stands."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType


def import_local(module: str) -> ModuleType:
    """The module, with the working directory first on the path. Lets through whatever importing it raises."""
    folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(module)
