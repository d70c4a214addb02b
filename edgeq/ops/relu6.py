"""RELU6: y = min(max(x, 0), 6), requantized to the output's scale (TFLite kernels/activations.cc, QuantizedReluX).

TFLM clamps the input's integers and never looks at the output's scale: right only where both tensors share it. Where
they do not, edgeq keeps to the meaning of the graph and to TFLite.
"""

from __future__ import annotations

from edgeq.opkit.rectify import TYPES, Attributes, kernel, output_shapes, rows, simulate

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "rows", "simulate"]

VERSIONS = {("int8",): 2, ("int16",): 3}
