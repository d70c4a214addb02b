"""L2_NORMALIZATION: rows divided by their Euclidean norm (TFLite reference/l2normalization.h)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.fixedpoint import inverse_sqrt, multiply_by_quantized_multiplier, saturate
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.float_unary import FLOAT_TYPES, is_float
from edgeq.opkit.floats import accumulate
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    fused_activation_function: str = "NONE"


OPTIONS = "L2NormOptions"
TYPES = {("int8",): ("int8",), **FLOAT_TYPES}
NEWEST_VERSION = 2
VERSIONS = {("int8",): 2}
FIXED_OUTPUT = {"int8": (1 / 128, 0)}
_DEEPEST = (2**31 - 1) // 255**2  # elements whose squares sum up within int32


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape.

    Raises UnsupportedError for a fused activation, a scalar, too long rows, and another output
    scale than TFLite's.
    """
    x, y = node.input(0), node.output
    if not x.shape or node.attributes.fused_activation_function != "NONE":
        raise unsupported(node, "it takes rows, and no fused activation")
    if is_float(node):
        return (x.shape,)
    check_quantized(node, x, y)
    if (y.scale, y.zero_point) != FIXED_OUTPUT["int8"]:
        raise unsupported(node, f"its output has scale {y.scale:g}, TFLite prescribes 1/128")
    if x.shape[-1] > _DEEPEST:
        raise unsupported(node, f"its rows have {x.shape[-1]} elements, at most {_DEEPEST} fit")
    return (x.shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or float32 [samples, ..., depth] -> the same type and shape."""
    x = values[0]
    assert x is not None
    return _real_rows(x) if is_float(node) else _integer_rows(node, x)


def _integer_rows(node: Node, x: Values) -> Values:
    centred = x.astype(np.int64) - node.input(0).zero_point
    squares, where = np.unique((centred**2).sum(axis=-1), return_inverse=True)
    inverses = np.array([inverse_sqrt(int(total)) for total in squares])[where.ravel()]
    multiplier, shift = (part.reshape(*x.shape[:-1], 1) for part in inverses.T)
    return saturate(multiply_by_quantized_multiplier(centred, multiplier, shift + 7), "int8")


def _real_rows(x: Values) -> Values:
    with np.errstate(over="ignore", invalid="ignore"):
        norm = np.sqrt(accumulate(np.moveaxis(x * x, -1, 0)))
        norm = np.where(norm < np.float32(1e-6), np.float32(1e-6), norm)
        return np.asarray(x / norm[..., None])


def kernel(node: Node) -> KernelCall:
    """`edgeq_l2_normalization_s8` or `_f32`, in place."""
    x = node.input(0)
    sizes = {"rows": prod(x.shape[:-1]), "depth": x.shape[-1]}
    if is_float(node):
        return KernelCall("edgeq_l2_normalization_f32", sizes, overlap=(0,))
    sizes["zero_point"] = x.zero_point
    return KernelCall("edgeq_l2_normalization_s8", sizes, overlap=(0,))
