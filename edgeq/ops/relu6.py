"""RELU6: y = min(max(x, 0), 6), requantized to the output's scale (TFLite kernels/activations.cc, QuantizedReluX).

TFLM clamps the input's integers and never looks at the output's scale: right only where both tensors share it. Where
they do not, edgeq keeps to the meaning of the graph and to TFLite.
"""

from __future__ import annotations

from edgeq.opkit import rectify
from edgeq.opkit.contract import Node, Values
from edgeq.opkit.lookup import look_up, table
from edgeq.opkit.rectify import TYPES, Attributes, kernel, output_shapes, rows

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "rows", "simulate"]


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or int16 [samples, ...] -> the same dtype and shape."""
    x = values[0]
    assert x is not None
    return look_up(table(rectify.outputs, node), x)
