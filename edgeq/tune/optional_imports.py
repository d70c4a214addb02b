"""Imports of the optional packages of the extra `tune`."""

from __future__ import annotations

import importlib
from typing import Any

from edgeq.errors import EdgeqError


def import_or_raise(module: str) -> Any:
    """A module of joblib, Dask or Optuna. Raises EdgeqError with the command to install it if it
    cannot be imported.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise EdgeqError(
            f"tuning needs {package}",
            f"it cannot be imported: {error}",
            'pip install "edgeq[tune]"',
        ) from error
