"""What ai-edge-litert's reference kernels compute where they differ from TFLite up to 2.19.

Sources: kernels/internal/reference/integer_ops/fully_connected.h (the overloads that take scales)
    and kernels/internal/reference/portable_tensor_utils.cc of google-ai-edge/LiteRT; TensorFlow
    2.21's interpreter is equal to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeq.fixedpoint import activation_range, round_reals
from edgeq.opkit.channel_requantization import weight_scales
from edgeq.opkit.dynamic import quantize_asymmetric
from edgeq.opkit.node import Node, Values, constant


def dense_rounded_once(node: Node, x: Values) -> Values:
    """A dense layer as LiteRT computes it: y = round(sum * (x_scale * w_scale / y_scale)), in
    float64, rounded once with ties away from zero. TFLM and earlier TFLite multiply in fixed point
    and round twice.

    x: int8 or int16 [samples, ..., depth]. Returns [samples, *output shape] of the output's type.
    """
    weights, y = constant(node, 1).astype(np.int64).T, node.output
    bias = node.optional(2)
    sums = (x.reshape(-1, len(weights)).astype(np.int64) - node.input(0).zero_point) @ weights
    if bias is not None:
        sums += bias.array.astype(np.int64)
    factor = np.float64(node.input(0).scale) * weight_scales(node) / np.float64(y.scale)
    limits = activation_range(
        node.attributes.fused_activation_function, y.dtype, y.scale, y.zero_point
    )
    rounded = np.clip(round_reals(sums * factor) + y.zero_point, *limits)
    return np.asarray(rounded.reshape(len(x), *y.shape).astype(y.dtype))


def rows_of_another_scale(rows: Values) -> Values:
    """Whether each float32 row of x gets another scale in LiteRT's hybrid layers, bool [rows].

    For asymmetric activations LiteRT divides max - min by 255 in float32, earlier TFLite in
    float64.

    rows: [rows, elements].
    """
    low, high = np.minimum(rows.min(axis=1), 0), np.maximum(rows.max(axis=1), 0)
    with np.errstate(over="ignore"):
        single = np.where(low == high, np.float32(1), (high - low) / np.float32(255))
    return np.asarray(single != quantize_asymmetric(rows).scale)


def hybrid_rows(node: Node, x: Values) -> Values:
    """The input of a hybrid layer as rows with one scale each: vectors of a dense layer, images of
    a convolution, flattened.
    """
    weights = node.input(1).shape  # [units, depth] of a dense layer, four axes of a convolution
    return x.reshape(-1, weights[1] if len(weights) == 2 else x[0, 0].size)


def only_rows_of_another_scale(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts outputs [samples, *output shape] of a hybrid layer that differ only in rows to which
    LiteRT gives another scale.
    """
    x = values[0]
    assert x is not None
    rows = hybrid_rows(node, x)
    differs = (want.view(np.uint32) != got.view(np.uint32)).reshape(len(rows), -1).any(axis=1)
    return not np.any(differs & ~rows_of_another_scale(rows))
