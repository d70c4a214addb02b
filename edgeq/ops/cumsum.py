"""CUMSUM: the sums up to each element along an axis (TFLite reference/cumsum.h)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.fixedpoint import (
    Multiplier,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
    wrap_int32,
)
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported


@dataclass(frozen=True)
class Attributes:
    exclusive: bool = False
    reverse: bool = False


OPTIONS = "CumsumOptions"
TYPES = {("int8", "int32"): ("int8",), ("float32", "int32"): ("float32",)}
NEWEST_VERSION = 1
HOMOGENEOUS = True
_BITS = 19  # fraction bits of a sum: 20 of the reference, which halves its inputs


def _axis(node: Node) -> int:
    """The axis of constant input 1, counted from 0."""
    given, rank = constant(node, 1).ravel(), len(node.input(0).shape)
    if len(given) != 1 or not -rank <= given[0] < rank:
        raise unsupported(node, f"axes {given.tolist()} are not one axis of {rank}")
    return int(given[0]) % rank


def _factor(node: Node) -> float:
    return 2 * node.input(0).scale / ((1 << (_BITS + 1)) * node.output.scale)


def _multiplier(node: Node) -> Multiplier:
    return quantize_multiplier(_factor(node))


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape. Raises UnsupportedError where an int8 output's scale is too small."""
    _axis(node)
    if not is_float(node):
        check_quantized(node, node.input(0), node.output)
        if _factor(node) >= 1 or _multiplier(node).shift > 0:
            raise unsupported(node, "its output scale is 2**19 times smaller than its input's")
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or float32 [samples, ...] -> the same type and shape."""
    x, axis, options = values[0], _axis(node) + 1, node.attributes
    assert x is not None
    terms = np.flip(x, axis) if options.reverse else x
    wide = terms if is_float(node) else terms.astype(np.int64) - node.input(0).zero_point
    start = np.zeros_like(wide.take([0], axis=axis))
    start = start if is_float(node) else start - node.input(0).zero_point
    sums = np.add.accumulate(np.concatenate([start, wide], axis=axis), axis=axis)
    count = x.shape[axis]
    chosen = sums.take(range(count) if options.exclusive else range(1, count + 1), axis=axis)
    y = chosen if is_float(node) else _requantized(node, chosen)
    return np.flip(y, axis) if options.reverse else y


def _requantized(node: Node, sums: Values) -> Values:
    scaled = multiply_by_quantized_multiplier(wrap_int32(sums << _BITS), *_multiplier(node))
    return saturate(scaled + node.output.zero_point, "int8")


def kernel(node: Node) -> KernelCall:
    """`edgeq_cumsum_s8` or `_f32`, in place but not across."""
    x, axis = node.input(0), _axis(node)
    fields: dict[str, Parameter | None] = {
        "outer": prod(x.shape[:axis]),
        "count": x.shape[axis],
        "inner": prod(x.shape[axis + 1 :]),
        "exclusive": int(node.attributes.exclusive),
        "reverse": int(node.attributes.reverse),
    }
    if is_float(node):
        return KernelCall("edgeq_cumsum_f32", fields, overlap=(0,), exact=True)
    multiplier, shift = _multiplier(node)
    fields |= {
        "zero_point": x.zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": node.output.zero_point,
    }
    return KernelCall("edgeq_cumsum_s8", fields, overlap=(0,), exact=True)
