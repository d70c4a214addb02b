"""The first layer that a .tflite computes otherwise than its model: every layer's value is read from
both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.backend import quietly
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.frontends import Reference
from edgeq.runtime import run_samples

Interpreter = Callable[[bytes], Any]
Differ = Callable[[npt.NDArray[np.generic], npt.NDArray[np.generic]], bool]


def first_difference(
    source: Reference, samples: Samples, differ: Differ, interpreter: Interpreter
) -> str | None:
    """The first layer, in the order of computation, whose value differs; None where none does or
    no .tflite with all of them as outputs can be made.

    differ: judges two arrays [samples, ...]. interpreter: what runs a .tflite, as
    `edgeq.runtime.float_interpreter` does.
    """
    try:
        return quietly("", "", lambda: _search(source, samples, differ, interpreter))
    except EdgeqError:
        return None


def _search(
    source: Reference, samples: Samples, differ: Differ, interpreter: Interpreter
) -> str | None:
    read = source.layer_values(samples)
    found = run_samples(interpreter(read.content), read.inputs)
    for place, want, got in zip(read.places, read.values, found, strict=True):
        if differ(want, got):
            return place
    return None
