"""PRELU: y = x where x >= 0, else alpha * x, with a constant alpha per channel or element (TFLite
reference/prelu.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeq.fixedpoint import (
    Multiplier,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
)
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import same_shape
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.rows import RowKernel, element_rows
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {
    ("int8", "int8"): ("int8",),
    ("int16", "int8"): ("int16",),
    ("float32", "float32"): ("float32",),
}
NEWEST_VERSION = 1


def multipliers(node: Node) -> tuple[Multiplier, Multiplier]:
    """At and above zero x_scale / y_scale, below x_scale * alpha_scale / y_scale; float64 (TFLM
    prelu_common.cc).
    """
    x, alpha, y = node.input(0).scale, node.input(1).scale, node.output.scale
    return quantize_multiplier(x / y), quantize_multiplier(x * alpha / y)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's, to which the constant alpha must broadcast."""
    x, alpha = node.input(0), node.input(1)
    constant(node, 1)
    if not is_float(node):
        _check_scales(node)
    try:
        fits = np.broadcast_shapes(x.shape, alpha.shape) == x.shape
    except ValueError:
        fits = False
    if not fits:
        raise unsupported(
            node, f"its alpha of shape {list(alpha.shape)} does not broadcast to {list(x.shape)}"
        )
    return same_shape(node)


def _check_scales(node: Node) -> None:
    x, alpha, y = node.input(0), node.input(1), node.output
    if alpha.quantization is None or alpha.quantization.per_channel:
        raise unsupported(node, "its alpha has no single scale")
    if max(x.scale, x.scale * alpha.scale) >= 2**30 * y.scale:
        raise unsupported(node, f"its scales {x.scale:g} -> {y.scale:g} are too far apart")


def repeated_alpha(node: Node) -> Values:
    """The shortest period of alpha broadcast to all elements: [channels] if alpha is [1, 1,
    channels].
    """
    shape = node.input(0).shape
    alpha = constant(node, 1)
    alpha = alpha.reshape((1,) * (len(shape) - alpha.ndim) + alpha.shape)
    outer = next((axis for axis, size in enumerate(alpha.shape) if size != 1), len(shape))
    return np.broadcast_to(alpha, (*alpha.shape[:outer], *shape[outer:])).ravel()


def outputs(node: Node, x: Values, alpha: Values) -> Values:
    """PReLU of quantized x and alpha of one shape, in the output's scale and dtype."""
    above, below = multipliers(node)
    centred = x.astype(np.int64) - node.input(0).zero_point
    slope = alpha.astype(np.int64) - node.input(1).zero_point
    scaled = np.where(
        centred >= 0,
        multiply_by_quantized_multiplier(centred, *above),
        multiply_by_quantized_multiplier(centred * slope, *below),
    )
    return saturate(scaled + node.output.zero_point, node.output.dtype)


@lru_cache(maxsize=64)
def _int8_table(node: Node) -> Values:
    """All int8 results, [256, 256] by the bit patterns of alpha and x."""
    every = np.arange(256, dtype=np.uint8).view(np.int8)
    return outputs(node, *np.broadcast_arrays(every[None, :], every[:, None]))


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...], alpha [1, ...] -> the type and shape of x."""
    x, alpha = values[0], constant(node, 1)
    assert x is not None
    if is_float(node):
        with np.errstate(over="ignore"):
            return np.where(x >= 0, x, x * alpha)
    if x.dtype == np.int16:
        return outputs(node, x, alpha)
    return np.asarray(_int8_table(node)[alpha.view(np.uint8), x.view(np.uint8)])


def kernel(node: Node) -> KernelCall:
    """`edgeq_prelu_s8`, `_s16` or `_f32`, with one period of alpha in flash."""
    alpha = repeated_alpha(node)
    periods = {"periods": node.output.size // max(alpha.size, 1), "period": alpha.size}
    if is_float(node):
        return KernelCall(
            "edgeq_prelu_f32", {**periods, "alpha": alpha}, overlap=(0,), source="prelu_f32"
        )
    above, below = multipliers(node)
    return KernelCall(
        f"edgeq_prelu_{SUFFIX[node.output.dtype]}",
        {
            **periods,
            "input_zero_point": node.input(0).zero_point,
            "alpha_zero_point": node.input(1).zero_point,
            "output_zero_point": node.output.zero_point,
            "multiplier_above": above.multiplier,
            "multiplier_below": below.multiplier,
            "shift_above": above.shift,
            "shift_below": below.shift,
            "alpha": alpha,
        },
        overlap=(0,),
    )


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
