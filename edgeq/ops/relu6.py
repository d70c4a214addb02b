"""RELU6: y = min(max(x, 0), 6), requantized to the output's scale (TFLite kernels/activations.cc,
QuantizedReluX).

TFLM clamps the input's integers and ignores the output's scale, which is correct only if both
tensors share a scale. Otherwise edgeq follows TFLite. On float32, tflite-runtime 2.14 turns -0 and
NaN into 0.
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit import rectify
from edgeq.opkit.float_unary import is_float, unary_call
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values
from edgeq.opkit.rectify import TYPES, Attributes, output_shapes
from edgeq.opkit.rows import RowKernel, element_rows

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "rows", "simulate"]
NEWEST_VERSION = 3
ELEMENTWISE = True


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return np.where(x > 0, np.minimum(x, np.float32(6)), np.float32(0))
    return rectify.simulate(node, x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_relu6_f32`, or the quantized kernel that all rectifiers share."""
    return unary_call(node, "relu6_f32") if is_float(node) else rectify.kernel(node)


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
