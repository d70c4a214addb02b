"""RELU: y = max(x, 0), requantized to the output's scale (TFLM kernels/activations.h, ReluQuantized)."""

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
