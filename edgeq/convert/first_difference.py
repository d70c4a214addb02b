"""The first layer that a .tflite computes otherwise than TensorFlow: every layer's value is read
from both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.backend import quietly
from edgeq.convert.source import Source, float_tflite_of, opened
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.runtime import run_samples

SILENT = frozenset({"Const", "Placeholder", "Identity", "NoOp", "Reshape", "ExpandDims", "Squeeze"})
"""Operators that compute nothing, so that none of them is the first to compute it otherwise."""
Interpreter = Callable[[bytes], Any]
Differ = Callable[[npt.NDArray[np.generic], npt.NDArray[np.generic]], bool]


def first_difference(
    source: Source, samples: Samples, differ: Differ, interpreter: Interpreter
) -> str | None:
    """The first node, in the order of computation, whose value differs; None where none does or
    TFLite refuses.

    The frozen graph is converted again with every node as an output. differ: judges two arrays
    [samples, ...].
    interpreter: what runs a .tflite, as `edgeq.runtime.float_interpreter` does.
    """
    try:
        return quietly("", "", lambda: _search(source, samples, differ, interpreter))
    except EdgeqError:
        return None


def _search(
    source: Source, samples: Samples, differ: Differ, interpreter: Interpreter
) -> str | None:
    tensors = [
        t
        for op in _in_order(source.frozen)
        if op.type not in SILENT and _depends(op)
        for t in op.outputs
        if t.dtype.name == "float32" and t.shape.is_fully_defined()
    ]
    readable = opened(source, tensors)
    found = run_samples(interpreter(float_tflite_of(readable)), samples.inputs)
    for tensor, want, got in zip(tensors, readable(samples), found, strict=True):
        if differ(want, got):
            return _place(tensor.op, source.layers)
    return None


def _depends(op: Any) -> bool:
    """Whether an input of the model reaches the operator; constants of others are the converter's
    to fold.
    """
    pending, seen = [op], set()
    while pending:
        current = pending.pop()
        if current.type == "Placeholder":
            return True
        if current.name not in seen:
            seen.add(current.name)
            pending += [t.op for t in current.inputs]
    return False


def _in_order(function: Any) -> Iterator[Any]:
    """The operators that the outputs need, each after those that it reads."""
    done: set[str] = set()
    pending = [(t.op, False) for t in reversed(function.outputs)]
    while pending:
        op, ready = pending.pop()
        if ready:
            yield op
        elif op.name not in done:
            done.add(op.name)
            pending += [(op, True), *((t.op, False) for t in reversed(op.inputs))]


def _place(op: Any, layers: frozenset[str]) -> str:
    """A node by its Keras layer, where one of that name is on its path
    `functional_1/conv1d_1/Relu`.

    TensorFlow numbers the names that it meets again. Calls that the node was inlined from are left
    out.
    """
    parts = [
        part
        for part in op.name.split("/")
        if not part.startswith(("StatefulPartitionedCall", "PartitionedCall"))
    ]
    names = [
        name
        for part in reversed(parts)
        for name in (part, re.sub(r"_\d+$", "", part))
        if name in layers
    ]
    node = f"node {'/'.join(parts) or op.name!r} ({op.type})"
    return f"layer {names[0]!r}, {node}" if names else node
