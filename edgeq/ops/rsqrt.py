"""RSQRT: y = 1 / sqrt(x), int8 by a table of integer results (TFLM kernels/elementwise.cc, RsqrtEvalQuantized).

TFLM stops at a value below 0. A table cannot stop: such values give the greatest output, as 0 does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import (
    Multiplier,
    inverse_sqrt,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
)
from edgeq.opkit.contract import KernelCall, Node, Shape, Values, unsupported
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",)}
NEWEST_VERSION = 3
BITS = 20  # fraction bits of 1 / sqrt(x) between its two scalings


def real_factor(node: Node) -> float:
    """1 / (sqrt(x_scale) * y_scale): float32, but for the division."""
    return 1.0 / float(np.sqrt(np.float32(node.input(0).scale)) * np.float32(node.output.scale))


def output_multiplier(node: Node) -> Multiplier:
    """From 1 / sqrt(x) with `BITS` fraction bits to the output's scale."""
    multiplier, shift = quantize_multiplier(real_factor(node))
    return Multiplier(multiplier, shift - BITS)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape; the factor between the scales must be from 2**-12 to below 2**30."""
    if not 2.0**-12 <= real_factor(node) < 2.0**30 - 1:
        raise unsupported(node, f"its scales {node.input(0).scale:g} -> {node.output.scale:g} are too far apart")
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """int8 values -> int8 inverse square roots; 127 at 0 and below."""
    centred = np.maximum(x - node.input(0).zero_point, 0)
    inverses = np.array([inverse_sqrt(int(v)) for v in centred])
    fractions = multiply_by_quantized_multiplier(1, inverses[:, 0], inverses[:, 1] + BITS)
    scaled = multiply_by_quantized_multiplier(fractions, *output_multiplier(node)) + node.output.zero_point
    return saturate(np.where(centred == 0, 127, scaled), "int8")


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 [samples, ...] -> int8 of the same shape."""
    x = values[0]
    assert x is not None
    return look_up(table(outputs, node), x)


VERSIONS = {("int8",): 2, ("int16",): 3}


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` with the 256 outputs."""
    return lookup_kernel(table(outputs, node), node.output.size)
