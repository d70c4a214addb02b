"""What operators that reduce axes share: axes, shapes, and requantized sums (TFLite
reference/reduce.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import prod

import numpy as np

from edgeq.fixedpoint import LIMITS, quantize_multiplier, wrap_int32
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.requantize import Requantization
from edgeq.opkit.suffix import SUFFIX

TYPES = {
    ("int8", "int32"): ("int8",),
    ("int16", "int32"): ("int16",),
    ("float32", "int32"): ("float32",),
}
LOOPS = 3  # of kept and of reduced axes in the C kernels, neighbours of one sort being merged


@dataclass(frozen=True)
class Attributes:
    keep_dims: bool = False


def reduced_axes(node: Node) -> tuple[int, ...]:
    """The axes named by constant input 1, ascending, each once; negative ones count from the end.

    Raises UnsupportedError for an axis that the input does not have.
    """
    rank = len(node.input(0).shape)
    given = [int(axis) for axis in constant(node, 1).ravel()]
    if any(not -rank <= axis < rank for axis in given):
        raise unsupported(
            node, f"axes {given} are not all axes of an input {list(node.input(0).shape)}"
        )
    return tuple(sorted({axis % rank for axis in given}))


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """`reduced_shape` of a requantized sum, whose scales are checked."""
    if not is_float(node):
        _check_scales(node)
    return reduced_shape(node)


def reduced_shape(node: Node) -> tuple[Shape, ...]:
    """The input's shape with the reduced axes 1 (`keep_dims`) or gone.

    Raises UnsupportedError where the kernels have too few loops.
    """
    shape, axes = node.input(0).shape, reduced_axes(node)
    if len(_runs(node)) > 2 * LOOPS:
        raise unsupported(
            node,
            f"axes {list(axes)} of {list(shape)} alternate with others more than {LOOPS} times",
        )
    if node.attributes.keep_dims:
        return (tuple(1 if axis in axes else size for axis, size in enumerate(shape)),)
    return (tuple(size for axis, size in enumerate(shape) if axis not in axes),)


def _check_scales(node: Node) -> None:
    check_quantized(node, node.input(0), node.output)
    if node.input(0).scale / node.output.scale >= 2**30:
        raise unsupported(node, "its scales multiply sums by 2**30 or more")


def element_count(node: Node) -> int:
    """How many elements make one output."""
    return prod(node.input(0).shape[axis] for axis in reduced_axes(node))


def sum_requantization(node: Node, divisor: int) -> Requantization:
    """Sums to outputs: scaled by x_scale / y_scale and divided by `divisor` (1: a sum; the count: a
    mean).

    The division is folded into the multiplier, truncated, as QuantizedMeanOrSum of
    reference/reduce.h does.
    """
    y = node.output
    multiplier, shift = quantize_multiplier(node.input(0).scale / y.scale)
    bits = min(divisor.bit_length() - 1, 32, 31 + shift)
    low, high = LIMITS[y.dtype]
    return Requantization(
        np.array([(multiplier << bits) // divisor]),
        np.array([shift - bits]),
        y.zero_point,
        low,
        high,
        y.dtype,
    )


def simulate_sum(node: Node, divisor: int, x: Values) -> Values:
    """x [samples, *shape] -> the requantized sums or means [samples, *output shape]."""
    axes = tuple(axis + 1 for axis in reduced_axes(node))
    total = x.sum(axis=axes, dtype=np.int64) - node.input(0).zero_point * element_count(node)
    flat = wrap_int32(total).reshape(-1, 1)
    return sum_requantization(node, divisor)(flat).reshape(x.shape[0], *node.output.shape)


def sum_kernel(node: Node, divisor: int) -> KernelCall:
    """`edgeq_reduce_sum_s8` or `_s16`."""
    r = sum_requantization(node, divisor)
    return KernelCall(
        f"edgeq_reduce_sum_{SUFFIX[node.output.dtype]}",
        {
            **loop_parameters(node),
            "offset": int(wrap_int32(-node.input(0).zero_point * element_count(node))),
            "multiplier": int(r.multiplier[0]),
            "shift": int(r.shift[0]),
            "output_zero_point": r.zero_point,
        },
        source="reduce_sum",
    )


def plain_call(node: Node, function: str, source: str) -> KernelCall:
    """The call of a reduction without requantization, which may overwrite its input in place."""
    return KernelCall(function, loop_parameters(node), overlap=(in_place(node),), source=source)


def float_terms(node: Node, x: Values) -> Values:
    """x float32 [samples, ...] -> what is summed, in order: [count, samples, kept axes...]."""
    axes = tuple(axis + 1 for axis in reduced_axes(node))
    moved = np.moveaxis(x, axes, range(len(axes)))
    return moved.reshape(element_count(node), *moved.shape[len(axes) :])


def in_place(node: Node) -> int:
    """`KernelCall.overlap` where input and output have one type: output j is written when those up
    to it are read, whose first element lies at j or behind it.
    """
    shape, axes = node.input(0).shape, reduced_axes(node)
    element = node.input(0).nbytes // node.input(0).size
    kept = [axis for axis in range(len(shape)) if axis not in axes and shape[axis] > 1]
    if not kept:
        return element - node.input(0).nbytes
    return element * (1 - prod(shape[kept[-1] + 1 :]))


def loop_parameters(node: Node) -> dict[str, Parameter | None]:
    """The fields `loops` of those in reduce.h: sizes and element strides; unused ones run once."""
    runs = _runs(node)
    fields: dict[str, Parameter | None] = {}
    for name, sort in (("kept", False), ("reduced", True)):
        loops = [(size, stride) for reduced, size, stride in runs if reduced is sort]
        loops = [(1, 0)] * (LOOPS - len(loops)) + loops
        fields[f"loops.{name}"] = tuple(size for size, _ in loops)
        fields[f"loops.{name}_stride"] = tuple(stride for _, stride in loops)
    return fields


def _runs(node: Node) -> list[tuple[bool, int, int]]:
    """(reduced?, size, element stride) of the input's axes, neighbours of one sort merged, axes of
    size 1 left out.
    """
    shape, axes = node.input(0).shape, reduced_axes(node)
    wide = [axis for axis, size in enumerate(shape) if size != 1]
    merged = [(reduced, list(run)) for reduced, run in groupby(wide, key=lambda axis: axis in axes)]
    return [
        (reduced, prod(shape[a] for a in run), prod(shape[run[-1] + 1 :]))
        for reduced, run in merged
    ]
