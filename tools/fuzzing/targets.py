"""What fuzzers execute: an input ends in a result or in an EdgeqError of one line, all else is a
fault.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from edgeq.cleanup import cleaned
from edgeq.codegen.native import render_native
from edgeq.data import load_samples
from edgeq.errors import EdgeqError
from edgeq.files import read_names
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.inspection import inspect
from edgeq.ops import bind
from edgeq.plan import lower
from edgeq.simulate.execute import execute, random_inputs
from fuzzing.data_files import OPTIONS, SPECS, SUFFIXES

LONGEST = 5000  # characters of a message
REFUSED, COMPUTED = "refused", "computed"
Target = Callable[[bytes], str]


class OddMessageError(Exception):
    """An error message that controls the terminal, has several lines or is too long."""


class UnequalError(Exception):
    """A file that was read and written again is another one."""


def ended(action: Callable[[], object]) -> str:
    """`refused` or `computed`. Raises what is no EdgeqError, and warnings of NumPy too."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            action()
        except EdgeqError as error:
            message = str(error)
        else:
            return COMPUTED
    if not message.isprintable() or len(message) > LONGEST:
        raise OddMessageError(message[:200])
    return REFUSED


def read(data: bytes) -> str:
    """The reader and the writer."""
    return ended(lambda: _read_twice(data))


def _read_twice(data: bytes) -> None:
    model = read_tflite(data)
    if read_tflite(write_tflite(model)) != model:
        raise UnequalError("another model comes back")


def plan(data: bytes) -> str:
    """Clean-up, checks of operators, lowering and planning."""
    return ended(lambda: lower(_small(cleaned(read_tflite(data))).main))


def code(data: bytes) -> str:
    """`inspect`, the simulator, and C."""
    return ended(lambda: _everything(data))


def _everything(data: bytes) -> None:
    given = read_tflite(data)
    model = _small(cleaned(given))
    inspect(given)
    execute(model.main, random_inputs(model.main, 2))
    render_native(model, "model")


def _small(model: Model) -> Model:
    bind(model.main)
    return model


def data(content: bytes) -> str:
    """A data file or a file of class names. The first byte says which format, the second which
    options.
    """
    if len(content) < 2:
        return REFUSED
    kind, options = SUFFIXES[content[0] % len(SUFFIXES)], OPTIONS[content[1] % len(OPTIONS)]
    with tempfile.TemporaryDirectory(prefix="edgeq-fuzz-") as folder:
        path = Path(folder) / f"given{kind}"
        path.write_bytes(content[2:])
        if kind == ".txt":
            return ended(lambda: read_names(path, "labels"))
        specs = SPECS[content[1] // len(OPTIONS) % len(SPECS)]
        return ended(lambda: load_samples(str(path), specs, options))


TARGETS: Mapping[str, Target] = {"read": read, "plan": plan, "code": code, "data": data}
