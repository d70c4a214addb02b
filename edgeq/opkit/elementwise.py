"""What operators on two broadcast operands share: shapes, the loop nest in C, in-place rules,
tables of int8 pairs.

An axis along which an operand has one element and the output has more is broadcast. Neighbouring
axes that are broadcast alike are one loop, so the common cases are one loop (equal shapes, a
scalar) or two (a channel vector).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import Multiplier, activation_range
from edgeq.graph import DTYPES, Tensor
from edgeq.opkit.kernel_call import Parameter
from edgeq.opkit.node import Node, Shape, Values, unsupported

OUTER_LOOPS = (
    5  # EDGEQ_OUTER_LOOPS of elementwise.h; with the innermost loop, any broadcast of rank 6 fits
)

CHARACTERS = {"int8", "uint8"}  # types in C that may share bytes with any other

Integers = npt.NDArray[np.int64]
PairFunction = Callable[
    [Any, Any], Integers
]  # int64 a, b that broadcast -> the quantized results; hashable


class Loop(NamedTuple):
    """So many steps, each advancing the operands by so many elements."""

    steps: int
    a_step: int
    b_step: int


def broadcast_shape(node: Node) -> Shape:
    """The common shape of inputs 0 and 1 by TFLite's (and NumPy's) rule; UnsupportedError where
    there is none.
    """
    a, b = node.input(0).shape, node.input(1).shape
    try:
        shape = np.broadcast_shapes(a, b)
    except ValueError:
        raise unsupported(
            node, f"its operands {list(a)} and {list(b)} do not broadcast to one shape"
        ) from None
    if len(loops(a, b)) > OUTER_LOOPS + 1:
        raise unsupported(
            node, f"its operands {list(a)} and {list(b)} broadcast along more than 6 separate axes"
        )
    return shape


def nest(*shapes: Shape) -> tuple[tuple[int, ...], ...]:
    """The loop nest over the common shape of operands, innermost loop first, axes that all of them
    broadcast alike merged: (steps, the elements that each operand advances by in a step).

    >>> nest((2, 4), (4,), (1,))
    ((4, 1, 1, 0), (2, 4, 0, 0))
    """
    if any(0 in shape for shape in shapes):
        return ((0, *(1 for _ in shapes)),)
    rank, rows = max(map(len, shapes)), list[tuple[int, ...]]()
    sizes, before = [1] * len(shapes), [False] * len(shapes)
    for axis in zip(*(reversed(_of_rank(shape, rank)) for shape in shapes), strict=True):
        count, advances = max(axis), [n != 1 for n in axis]
        if not any(advances):
            continue
        if advances == before:
            rows[-1] = (rows[-1][0] * count, *rows[-1][1:])
        else:
            steps = (size if moves else 0 for size, moves in zip(sizes, advances, strict=True))
            rows.append((count, *steps))
        before, sizes = advances, [size * n for size, n in zip(sizes, axis, strict=True)]
    return tuple(rows) or ((1, *(1 for _ in shapes)),)


def loops(a: Shape, b: Shape) -> tuple[Loop, ...]:
    """The loop nest over the common shape of a and b, innermost first, axes that broadcast alike
    merged.

    >>> loops((1, 4, 4, 8), (1, 4, 4, 8))
    (Loop(steps=128, a_step=1, b_step=1),)
    >>> loops((1, 4, 4, 8), (8,))
    (Loop(steps=8, a_step=1, b_step=1), Loop(steps=16, a_step=8, b_step=0))
    >>> loops((1,), (3, 1, 2))
    (Loop(steps=6, a_step=0, b_step=1),)
    """
    return tuple(Loop(*row) for row in nest(a, b))


def walked(nest: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The outer loops of a nest as kernels count them: (steps, what each operand advances by from
    the first element of the loop's last inner loop to the first of the next).
    """
    inner, *outer = nest
    rows, gone = list[tuple[int, ...]](), [0] * (len(inner) - 1)
    for steps, *advances in outer:
        rows.append((steps, *(step - before for step, before in zip(advances, gone, strict=True))))
        gone = [g + (steps - 1) * step for g, step in zip(gone, advances, strict=True)]
    return rows


def broadcast_parameters(
    node: Node, order: tuple[int, int] = (0, 1)
) -> dict[str, Parameter | None]:
    """The first fields of a kernel's struct (`EDGEQ_BROADCAST_FIELDS` of elementwise.h): the loop
    nest of the inputs.

    order: the inputs that the kernel takes as a and b.
    """
    a, b = order
    rows = loops(node.input(a).shape, node.input(b).shape)
    inner, outer = rows[0], walked(rows)
    return {
        "run": inner.steps,
        "a_step": inner.a_step,
        "b_step": inner.b_step,
        "outer": len(outer),
        "loops": np.array(outer, np.int32) if outer else None,
    }


def factor_parameters(factor: Multiplier, prefix: str = "") -> dict[str, Parameter | None]:
    """The fields of an `edgeq_factor` (elementwise.h); its shift to the left, if any, is the
    kernel's.
    """
    right = max(-factor.shift, 0)
    return {
        f"{prefix}multiplier": factor.multiplier,
        f"{prefix}half": 1 << right >> 1,
        f"{prefix}away": -1 if right else 0,
        f"{prefix}right": right,
    }


def fused_range(node: Node) -> tuple[int, int]:
    """Quantized bounds of the node's fused activation on its output; UnsupportedError where it has
    none.
    """
    activation, y = node.attributes.fused_activation_function, node.output
    try:
        return activation_range(activation, y.dtype, y.scale, y.zero_point)
    except ValueError as error:
        raise unsupported(node, str(error)) from None


def in_place(node: Node, order: tuple[int, int] = (0, 1)) -> tuple[int | None, int | None]:
    """`KernelCall.overlap`: the output may lie over an operand that has as many elements, which is
    read element by element.
    """
    y = node.output
    a, b = (stretch(x, y) if x.size == y.size else None for x in map(node.input, order))
    return a, b


def stretch(x: Tensor, y: Tensor) -> int | None:
    """`KernelCall.overlap` of a unary element-wise kernel, first element first, whose types may
    differ in size.

    Output i must end before input i + 1 begins. None where C lets the compiler assume that the two
    share nothing: in types that differ and of which none is a character type.
    """
    x_size, y_size = DTYPES[x.dtype].itemsize, DTYPES[y.dtype].itemsize
    if x.dtype != y.dtype and not {x.dtype, y.dtype} & CHARACTERS:
        return None
    return max((y_size - x_size) * (x.size - 1), y_size - x_size)


def aligned(node: Node, *values: Values | None) -> tuple[Values, Values]:
    """Values of inputs 0 and 1 [samples, *shape] with axes of 1 after the samples, so that NumPy
    broadcasts them.
    """
    a, b = values[0], values[1]
    assert a is not None
    assert b is not None
    rank = len(node.output.shape)
    return a.reshape(len(a), *_of_rank(a.shape[1:], rank)), b.reshape(
        len(b), *_of_rank(b.shape[1:], rank)
    )


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
