"""RELU6: y = min(max(x, 0), 6), requantized to the output's scale (TFLite kernels/activations.cc,
QuantizedReluX).

TFLM clamps the input's integers and ignores the output's scale, which is correct only if both
tensors share a scale. Otherwise edgeq follows TFLite.
"""

from __future__ import annotations

from edgeq.opkit.rectify import TYPES, Attributes, kernel, output_shapes, rows, simulate

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "rows", "simulate"]
NEWEST_VERSION = 3
ELEMENTWISE = True
