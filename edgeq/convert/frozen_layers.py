"""The layers of a frozen TensorFlow graph: which tensors are read out, and what a person calls them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

SILENT = frozenset({"Const", "Placeholder", "Identity", "NoOp", "Reshape", "ExpandDims", "Squeeze"})
"""Operators that compute nothing, so that none of them is the first to compute it otherwise."""


def layer_tensors(function: Any) -> list[Any]:
    """The float tensors that operators compute from the inputs, in the order of computation."""
    return [
        t
        for op in _in_order(function)
        if op.type not in SILENT and _depends(op)
        for t in op.outputs
        if t.dtype.name == "float32" and t.shape.is_fully_defined()
    ]


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


def place_of(op: Any, layers: frozenset[str]) -> str:
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
