"""RELU: y = max(x, 0), requantized to the output's scale (TFLM kernels/activations.h,
ReluQuantized).
"""

from __future__ import annotations

from edgeq.opkit.rectify import TYPES, Attributes, kernel, output_shapes, rows, simulate

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "rows", "simulate"]
NEWEST_VERSION = 3
ELEMENTWISE = True

HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 3}
