"""RELU6: y = min(max(x, 0), 6), requantized to the output's scale (TFLite kernels/activations.cc, QuantizedReluX).

TFLM clamps the input's integers and never looks at the output's scale: right only where both tensors share it. Where
they do not, edgeq keeps to the meaning of the graph and to TFLite. On float32, tflite-runtime 2.14 makes -0 and NaN 0.
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit import rectify
from edgeq.opkit.contract import KernelCall, Node, Values
from edgeq.opkit.float_unary import is_float, unary_call
from edgeq.opkit.rectify import TYPES, Attributes, output_shapes
from edgeq.opkit.rows import RowForm, element_rows

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "rows", "simulate"]
NEWEST_VERSION = 3


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8, int16 or float32 [samples, ...] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    if is_float(node):
        return np.where(x > 0, np.minimum(x, np.float32(6)), np.float32(0))
    return rectify.simulate(node, x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_relu6_f32`, or a kernel of all its kin."""
    return unary_call(node, "relu6_f32") if is_float(node) else rectify.kernel(node)


def rows(node: Node) -> RowForm | None:
    """One row."""
    return element_rows(node, kernel)
