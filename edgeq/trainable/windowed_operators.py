"""Convolutions, poolings, resizing and the dense layer of TFLite as differentiable TensorFlow
functions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import tensorflow as tf

from edgeq.trainable.axis_operators import reshaped
from edgeq.trainable.operator_spec import OperatorSpec, activated


def _window(spec: OperatorSpec) -> dict[str, Any]:
    strides = [1, spec.attributes["stride_h"], spec.attributes["stride_w"], 1]
    return {"strides": strides, "padding": spec.attributes["padding"]}


def _with_bias(spec: OperatorSpec, y: Any, bias: Any) -> Any:
    return activated(spec, y if bias is None else y + bias)


def convolution(spec: OperatorSpec, x: Any, weights: Any, bias: Any = None) -> Any:
    """CONV_2D. weights: [O, H, W, I / groups], as in TFLite."""
    kernel = tf.transpose(weights, [1, 2, 3, 0])
    dilations = [1, spec.attributes["dilation_h_factor"], spec.attributes["dilation_w_factor"], 1]
    convolve = partial(tf.nn.conv2d, **_window(spec), dilations=dilations)
    groups = spec.input_shapes[0][3] // spec.input_shapes[1][3]
    if groups == 1:
        return _with_bias(spec, convolve(x, kernel), bias)
    parts = zip(tf.split(x, groups, 3), tf.split(kernel, groups, 3), strict=True)
    return _with_bias(spec, tf.concat([convolve(a, b) for a, b in parts], 3), bias)


def depthwise(spec: OperatorSpec, x: Any, weights: Any, bias: Any = None) -> Any:
    """DEPTHWISE_CONV_2D. weights: [1, H, W, C * multiplier]; output channel c * multiplier + k
    reads input channel c.
    """
    _, height, width, channels = spec.input_shapes[1]
    inputs = spec.input_shapes[0][3]
    kernel = tf.reshape(weights, [height, width, inputs, channels // inputs])
    dilations = [spec.attributes["dilation_h_factor"], spec.attributes["dilation_w_factor"]]
    window = _window(spec)
    step_h, step_w = window["strides"][1:3]
    if step_h == step_w:
        return _with_bias(
            spec, tf.nn.depthwise_conv2d(x, kernel, **window, dilations=dilations), bias
        )
    # depthwise_conv2d has no unequal strides: a dense kernel that is zero across channels
    dense = tf.reshape(
        kernel[:, :, :, None, :] * tf.eye(inputs)[:, :, None], [height, width, inputs, channels]
    )
    return _with_bias(spec, tf.nn.conv2d(x, dense, **window, dilations=[1, *dilations, 1]), bias)


def transposed(spec: OperatorSpec, _: Any, weights: Any, x: Any, bias: Any = None) -> Any:
    """TRANSPOSE_CONV. weights: [O, H, W, I]."""
    kernel = tf.transpose(weights, [1, 2, 0, 3])
    return _with_bias(
        spec,
        tf.nn.conv2d_transpose(x, kernel, [tf.shape(x)[0], *spec.out[1:]], **_window(spec)),
        bias,
    )


def dense(spec: OperatorSpec, x: Any, weights: Any, bias: Any = None) -> Any:
    """FULLY_CONNECTED. weights: [O, I]."""
    if spec.attributes.get("weights_format", "DEFAULT") != "DEFAULT":
        raise spec.refusal("its weights are shuffled")
    rows = tf.matmul(tf.reshape(x, [-1, spec.input_shapes[1][1]]), weights, transpose_b=True)
    return reshaped(spec, _with_bias(spec, rows, bias))


def pool(function: Callable[..., Any]) -> Callable[..., Any]:
    """AVERAGE_POOL_2D or MAX_POOL_2D by the TensorFlow function of that pooling."""

    def compute(spec: OperatorSpec, x: Any) -> Any:
        size = [spec.attributes["filter_height"], spec.attributes["filter_width"]]
        return activated(spec, function(x, ksize=size, **_window(spec)))

    return compute


def resized(function: Callable[..., Any]) -> Callable[..., Any]:
    """RESIZE_BILINEAR or RESIZE_NEAREST_NEIGHBOR by the TensorFlow 1 function that resizes so,
    which has the options of the operator.
    """

    def compute(spec: OperatorSpec, x: Any, size: Any) -> Any:
        return function(
            x,
            size,
            align_corners=bool(spec.attributes.get("align_corners", False)),
            half_pixel_centers=bool(spec.attributes.get("half_pixel_centers", False)),
        )

    return compute
