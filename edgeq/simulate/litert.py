"""What the reference kernels of ai-edge-litert compute where those of TFLite up to 2.19 compute other bytes.

Sources: kernels/internal/reference/integer_ops/fully_connected.h (the overloads that take scales) and
kernels/internal/reference/portable_tensor_utils.cc of google-ai-edge/LiteRT; TensorFlow 2.21's interpreter is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeq.fixedpoint import activation_range, round_reals
from edgeq.opkit.contract import Node, Values, constant
from edgeq.opkit.convolution import weight_scales
from edgeq.opkit.dynamic import quantize_asymmetric


def dense_rounded_once(node: Node, x: Values) -> Values:
    """A dense layer on int8 or int16 x [samples, ..., depth]: y = round(sum * (x_scale * w_scale / y_scale)).

    The product is a float64 one, rounded once, ties away from zero; edgeq, TFLM and earlier TFLite multiply by a fixed
    point number and round twice. Gives [samples, *output shape] of the output's type.
    """
    weights, y = constant(node, 1).astype(np.int64).T, node.output
    bias = node.optional(2)
    sums = (x.reshape(-1, len(weights)).astype(np.int64) - node.input(0).zero_point) @ weights
    if bias is not None:
        sums += bias.array.astype(np.int64)
    factor = np.float64(node.input(0).scale) * weight_scales(node) / np.float64(y.scale)
    limits = activation_range(node.attributes.fused_activation_function, y.dtype, y.scale, y.zero_point)
    rounded = np.clip(round_reals(sums * factor) + y.zero_point, *limits)
    return np.asarray(rounded.reshape(len(x), *y.shape).astype(y.dtype))


def rows_of_another_scale(rows: Values) -> Values:
    """Which float32 rows [rows, elements] get another scale during inference: bool [rows].

    Asymmetric activations of hybrid layers: LiteRT divides max - min by 255 in float32, earlier TFLite in float64.
    """
    low, high = np.minimum(rows.min(axis=1), 0), np.maximum(rows.max(axis=1), 0)
    with np.errstate(over="ignore"):
        single = np.where(low == high, np.float32(1), (high - low) / np.float32(255))
    return np.asarray(single != quantize_asymmetric(rows).scale)


def hybrid_rows(node: Node, x: Values) -> Values:
    """What shares one scale in a hybrid layer: the vectors of a dense layer, the images of a convolution, flat."""
    weights = node.input(1).shape  # [units, depth] of a dense layer, four axes of a convolution
    return x.reshape(-1, weights[1] if len(weights) == 2 else x[0, 0].size)


def only_rows_of_another_scale(node: Node, values: Sequence[Values | None], want: Values, got: Values) -> bool:
    """Whether outputs of a hybrid layer [samples, *output shape] differ in nothing but the rows of another scale."""
    x = values[0]
    assert x is not None
    rows = hybrid_rows(node, x)
    differs = (want.view(np.uint32) != got.view(np.uint32)).reshape(len(rows), -1).any(axis=1)
    return not np.any(differs & ~rows_of_another_scale(rows))
