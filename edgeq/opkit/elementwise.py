"""What operators on two broadcast operands share: shapes, the loop nest in C, in-place rules, tables of int8 pairs.

An axis along which an operand has one element and the output has more is broadcast. Neighbouring axes that are
broadcast alike are one loop, so the common cases are one loop (equal shapes, a scalar) or two (a channel vector).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import Multiplier, activation_range
from edgeq.graph import DTYPES, Tensor
from edgeq.opkit.contract import Node, Parameter, Shape, Values, unsupported

OUTER_LOOPS = 5  # EDGEQ_OUTER_LOOPS of elementwise.h; with the innermost loop, any broadcast of rank 6 fits

Integers = npt.NDArray[np.int64]
PairFunction = Callable[[Any, Any], Integers]  # int64 a, b that broadcast -> the quantized results; hashable


class Loop(NamedTuple):
    """So many steps, each advancing the operands by so many elements."""

    steps: int
    a_step: int
    b_step: int


def broadcast_shape(node: Node) -> Shape:
    """The common shape of inputs 0 and 1 by TFLite's (and NumPy's) rule; UnsupportedError where there is none."""
    a, b = node.input(0).shape, node.input(1).shape
    try:
        shape = np.broadcast_shapes(a, b)
    except ValueError:
        raise unsupported(node, f"its operands {list(a)} and {list(b)} do not broadcast to one shape") from None
    if len(loops(a, b)) > OUTER_LOOPS + 1:
        raise unsupported(node, f"its operands {list(a)} and {list(b)} broadcast along more than 6 separate axes")
    return shape


def loops(a: Shape, b: Shape) -> tuple[Loop, ...]:
    """The loop nest over the common shape of a and b, innermost first, axes that broadcast alike merged.

    >>> loops((1, 4, 4, 8), (1, 4, 4, 8))
    (Loop(steps=128, a_step=1, b_step=1),)
    >>> loops((1, 4, 4, 8), (8,))
    (Loop(steps=8, a_step=1, b_step=1), Loop(steps=16, a_step=8, b_step=0))
    >>> loops((1,), (3, 1, 2))
    (Loop(steps=6, a_step=0, b_step=1),)
    """
    if 0 in a or 0 in b:
        return (Loop(0, 1, 1),)
    rank, nest = max(len(a), len(b)), list[Loop]()
    a_size = b_size = 1
    before = (False, False)
    for m, n in zip(reversed(_of_rank(a, rank)), reversed(_of_rank(b, rank)), strict=True):
        count, advances = n if m == 1 else m, (m != 1, n != 1)
        if advances == (False, False):
            continue
        if advances == before:
            nest[-1] = nest[-1]._replace(steps=nest[-1].steps * count)
        else:
            nest.append(Loop(count, a_size if advances[0] else 0, b_size if advances[1] else 0))
        before, a_size, b_size = advances, a_size * m, b_size * n
    return tuple(nest) or (Loop(1, 1, 1),)


def broadcast_parameters(node: Node, order: tuple[int, int] = (0, 1)) -> dict[str, Parameter | None]:
    """The first fields of a kernel's struct (`EDGEQ_BROADCAST_FIELDS` of elementwise.h): the loop nest of the inputs.

    order: the inputs that the kernel takes as a and b. A step of an outer loop leads from the first element of its last
    inner loop to the first of the next.
    """
    a, b = order
    inner, *outer = loops(node.input(a).shape, node.input(b).shape)
    rows, a_walked, b_walked = list[Loop](), 0, 0
    for loop in outer:
        rows.append(Loop(loop.steps, loop.a_step - a_walked, loop.b_step - b_walked))
        a_walked += (loop.steps - 1) * loop.a_step
        b_walked += (loop.steps - 1) * loop.b_step
    return {
        "run": inner.steps,
        "a_step": inner.a_step,
        "b_step": inner.b_step,
        "outer": len(rows),
        "loops": np.array(rows, np.int32) if rows else None,
    }


def factor_parameters(factor: Multiplier, prefix: str = "") -> dict[str, Parameter | None]:
    """The fields of an `edgeq_factor` (elementwise.h); its shift to the left, if any, is the kernel's."""
    right = max(-factor.shift, 0)
    return {
        f"{prefix}multiplier": factor.multiplier,
        f"{prefix}half": 1 << right >> 1,
        f"{prefix}away": -1 if right else 0,
        f"{prefix}right": right,
    }


def fused_range(node: Node) -> tuple[int, int]:
    """Quantized bounds of the node's fused activation on its output; UnsupportedError where it has none."""
    activation, y = node.attributes.fused_activation_function, node.output
    try:
        return activation_range(activation, y.dtype, y.scale, y.zero_point)
    except ValueError as error:
        raise unsupported(node, str(error)) from None


def in_place(node: Node, order: tuple[int, int] = (0, 1)) -> tuple[int | None, int | None]:
    """`KernelCall.overlap`: the output may lie over an operand of its own size, which is read element by element."""
    a, b = (0 if node.input(i).nbytes == node.output.nbytes else None for i in order)
    return a, b


def stretch(x: Tensor, y: Tensor) -> int | None:
    """`KernelCall.overlap` of a unary element-wise kernel, first element first, whose types may differ in size.

    Output i must end before input i + 1 begins. None where C lets the compiler assume that the two share nothing: in
    types that differ and of which none is a character type.
    """
    x_size, y_size = DTYPES[x.dtype].itemsize, DTYPES[y.dtype].itemsize
    if x.dtype != y.dtype and min(x_size, y_size) > 1:
        return None
    return max((y_size - x_size) * (x.size - 1), y_size - x_size)


def aligned(node: Node, *values: Values | None) -> tuple[Values, Values]:
    """Values of inputs 0 and 1 [samples, *shape] with axes of 1 after the samples, so that NumPy broadcasts them."""
    a, b = values[0], values[1]
    assert a is not None
    assert b is not None
    rank = len(node.output.shape)
    return a.reshape(len(a), *_of_rank(a.shape[1:], rank)), b.reshape(len(b), *_of_rank(b.shape[1:], rank))


@lru_cache(maxsize=64)
def pair_table(function: PairFunction) -> Values:
    """int8 [65536]: the function of every pair of int8 values; entry (a & 255) * 256 + (b & 255)."""
    every = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.int64)
    return function(every[:, None], every[None, :]).astype(np.int8).ravel()


def on_pairs(function: PairFunction, a: Values, b: Values) -> Values:
    """The function of int8 arrays that broadcast, by its table of all pairs."""
    index = (a.view(np.uint8).astype(np.uint16) << 8) | b.view(np.uint8)
    return np.asarray(np.take(pair_table(function), index))


def _of_rank(shape: Shape, rank: int) -> Shape:
    return (1,) * (rank - len(shape)) + tuple(shape)
