"""RELU_N1_TO_1: y = min(max(x, -1), 1), requantized (TFLite kernels/activations.cc; TFLM has no
such operator).
"""

from __future__ import annotations

from edgeq.opkit.rectify import TYPES, Attributes, kernel, output_shapes, rows, simulate

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "rows", "simulate"]
NEWEST_VERSION = 1
ELEMENTWISE = True
