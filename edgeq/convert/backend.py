"""TensorFlow and the two Keras packages: imported on first use, silent, their errors cut to one
line.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from edgeq.errors import EdgeqError
from edgeq.quiet import quiet_output

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "GRPC_VERBOSITY": "ERROR", "KERAS_BACKEND": "tensorflow"}
LONGEST = 240  # characters of a foreign error that a person reads
Result = TypeVar("Result")


def imported(module: str) -> Any:
    """A module of TensorFlow or Keras. Raises EdgeqError if it is not installed or fails to import."""
    if "keras" not in sys.modules and "tensorflow" not in sys.modules:
        os.environ.update(
            {
                key: value
                for key, value in QUIET.items()
                if key == "KERAS_BACKEND" or key not in os.environ
            }
        )
    try:
        with quiet_output():
            loaded = importlib.import_module(module)
    except ImportError as error:
        remedy = 'pip install "edgeq[convert]"'
        raise EdgeqError(
            f"converting needs {module}", f"it cannot be imported: {brief(error)}", remedy
        ) from error
    if module == "keras" and loaded.config.backend() != "tensorflow":
        why = f"it runs on {loaded.config.backend()}, edgeq converts through TensorFlow"
        raise EdgeqError("Keras", why, "set KERAS_BACKEND=tensorflow before importing keras")
    return loaded


def tensorflow() -> Any:
    """The `tensorflow` module."""
    return imported("tensorflow")


def quietly(what: str, remedy: str, call: Callable[[], Result]) -> Result:
    """call() with TensorFlow's output kept from the terminal; whatever it raises becomes one
    EdgeqError.
    """
    try:
        with quiet_output():
            return call()
    except EdgeqError:
        raise
    except Exception as error:
        raise EdgeqError(what, brief(error), remedy) from error


def brief(error: BaseException) -> str:
    """An error's own sentence: the innermost that Keras quotes, without dumped configurations and
    stack traces.
    """
    text = " ".join(str(error).split()) or type(error).__name__
    text = text.rsplit("Exception encountered: ", 1)[-1]
    text = (
        re.split(r"Full object config|Traceback|Details:|Please ensure|Make sure", text)[0].strip()
        or text
    )
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + " …"
