"""Quantizing real values for a model's tensors, and dequantizing them, as TFLite's QUANTIZE and
DEQUANTIZE reference kernels do.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgeq.data.samples import Array
from edgeq.fixedpoint import quantize_reals
from edgeq.graph import Graph, Tensor


def quantize(x: Array, tensor: Tensor) -> Array:
    """Real x in the tensor's dtype: float32 division, ties away from zero, saturated
    (reference/quantize.h).

    Without quantization, x is only converted to the tensor's dtype.
    """
    if tensor.quantization is None:
        return x.astype(tensor.dtype)
    return quantize_reals(x, tensor.scale, tensor.zero_point, tensor.dtype)


def dequantize(q: Array, tensor: Tensor) -> npt.NDArray[np.float32]:
    """scale * (q - zero_point) as float32, or q itself if the tensor has no quantization
    (reference/dequantize.h).
    """
    if tensor.quantization is None:
        return q.astype(np.float32)
    return (tensor.scale * (q.astype(np.int32) - tensor.zero_point)).astype(np.float32)


def quantized_inputs(graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """Real samples [n, *sample shape] of each graph input, as [n, *tensor shape] in the tensor's
    dtype.
    """
    tensors = [graph.tensors[index] for index in graph.inputs]
    return [quantize(x, t).reshape(len(x), *t.shape) for x, t in zip(inputs, tensors, strict=True)]
