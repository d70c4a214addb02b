"""Operators of one tensor whose output depends on one element alone: a table of all inputs,
computed ahead.

The table lists the outputs in the order of the inputs' bit patterns read as unsigned: 0 ... 127,
-128 ... -1 for int8.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values

Integers = npt.NDArray[np.int64]
ROW_ELEMENTS = 1 << 19  # of int64, 4 MB
Function = Callable[
    [Node, Integers], Values
]  # all inputs in order of their bits -> the outputs, in the output's dtype


@lru_cache(maxsize=64)
def table(function: Function, node: Node) -> Values:
    """The outputs of `function` for every value of the node's int8 or int16 input: [256] or
    [65536].
    """
    dtype = node.input(0).dtype
    bits = np.arange(1 << 8 * np.dtype(dtype).itemsize, dtype=f"u{dtype}")
    with np.errstate(all="ignore"):  # reals may be infinite on their way to integers
        return function(node, bits.view(dtype).astype(np.int64))


def look_up(table: Values, x: Values) -> Values:
    """The table's entry for each element of x, int8 with 256 entries or int16 with 65536; x's
    shape.
    """
    return np.asarray(np.take(table, x.view(f"u{x.dtype}")))


def by_rows(x: Values, compute: Callable[[Values], Values]) -> Values:
    """compute(x) of x [..., depth], which looks at one row at a time and keeps the shape: many rows
    in blocks, so that its working arrays stay small.
    """
    rows = x.reshape(-1, x.shape[-1])
    size = max(ROW_ELEMENTS // x.shape[-1], 1)
    if len(rows) <= size:
        return compute(x)
    return np.concatenate([compute(rows[k : k + size]) for k in range(0, len(rows), size)]).reshape(
        x.shape
    )


def same_shape(node: Node) -> tuple[Shape, ...]:
    """The shapes of an operator that works on each element by itself."""
    return (node.input(0).shape,)


def lookup_kernel(table: Values, elements: int) -> KernelCall:
    """`edgeq_lookup_s8`, shared by all operators with an int8 table; in place where the planner
    likes.
    """
    return KernelCall(
        "edgeq_lookup_s8", {"elements": elements, "table": table}, overlap=(0,), source="lookup"
    )
