"""A bound 1x1 convolution of given weights, bias and scales, for tests."""

import numpy as np
from ops.harness import constant, quantized, single_op

from edgeq.opkit.node import Node
from edgeq.ops import bind

OPTIONS = {
    "padding": "VALID",
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
}


def pointwise(
    weights: list[list[int]],
    bias: list[int],
    scales: list[float],
    zero_point: int = 0,
    dtype: str = "int8",
) -> Node:
    """A 1x1 convolution of input scale 0.5 and output scale 0.25; weights by filter and channel."""
    filters = np.array(weights, np.int8)[:, None, None, :]
    x = quantized("x", (1, 1, 1, filters.shape[3]), 0.5, zero_point, dtype)
    b = constant("b", np.array(bias, np.int64 if dtype == "int16" else np.int32))
    y = quantized("y", (1, 1, 1, len(filters)), 0.25, 0, dtype)
    return bind(
        single_op(
            "CONV_2D", [x, constant("w", filters, scales), b], y, "Conv2DOptions", **OPTIONS
        ).main
    )[0]
