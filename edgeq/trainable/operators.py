"""TFLite operators as differentiable TensorFlow, over a batch of any size: operator -> function of its inputs.

The first axis of every tensor holds the batch, which the file fixes to 1; operators that mix it with other axes are
refused. `check` compares the whole network with the float .tflite, so that no meaning here rests on its own word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf, prod
from typing import Any

import tensorflow as tf

from edgeq.errors import UnsupportedError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Meaning:
    """What a function of the table sees: the attributes, and static shapes with a batch of 1."""

    kind: str
    attributes: Mapping[str, Any]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]

    @property
    def out(self) -> Shape:
        return self.output_shapes[0]

    def refusal(self, why: str) -> UnsupportedError:
        """The error for a use of the operator that cannot be trained."""
        remedy = "replace the layer, or quantize the trained model without training"
        return UnsupportedError(f"quantization-aware training of {self.kind}", why, remedy)


PROBABILITIES = frozenset({"SOFTMAX", "LOGISTIC"})
"""Operators whose outputs are probabilities, and whose inputs the logits of these."""

AVERAGING = frozenset({"AVERAGE_POOL_2D"})
"""Operators whose output has the scale of the input, but not its values."""


def linear(meaning: Meaning) -> Meaning:
    """The operator without its fused activation."""
    return replace(meaning, attributes={**meaning.attributes, "fused_activation_function": "NONE"})


def bounds(meaning: Meaning) -> tuple[float, float]:
    """The least and the largest value that the operator, or its fused activation, lets through."""
    fused = str(meaning.attributes.get("fused_activation_function", "NONE"))
    return BOUNDS.get(meaning.kind, BOUNDS.get(fused, (-inf, inf)))


def activated(m: Meaning, y: Any) -> Any:
    """The operator's fused activation of y."""
    name = str(m.attributes.get("fused_activation_function", "NONE"))
    if name not in ACTIVATIONS:
        raise m.refusal(f"its fused activation is {name}")
    return ACTIVATIONS[name](y)


def compute(meaning: Meaning, inputs: Sequence[Any]) -> Any:
    """The operator's output tensor, or a list of them. inputs: tensors and constants in the operator's order."""
    if meaning.kind not in OPERATORS:
        raise meaning.refusal("its gradient is not known to edgeq")
    return OPERATORS[meaning.kind](meaning, *inputs)


def _window(m: Meaning) -> dict[str, Any]:
    strides = [1, m.attributes["stride_h"], m.attributes["stride_w"], 1]
    return {"strides": strides, "padding": m.attributes["padding"]}


def _with_bias(m: Meaning, y: Any, bias: Any) -> Any:
    return activated(m, y if bias is None else y + bias)


def _convolution(m: Meaning, x: Any, weights: Any, bias: Any = None) -> Any:
    """weights [O, H, W, I / groups], as TFLite keeps them."""
    kernel = tf.transpose(weights, [1, 2, 3, 0])
    dilations = [1, m.attributes["dilation_h_factor"], m.attributes["dilation_w_factor"], 1]
    convolve = partial(tf.nn.conv2d, **_window(m), dilations=dilations)
    groups = m.input_shapes[0][3] // m.input_shapes[1][3]
    if groups == 1:
        return _with_bias(m, convolve(x, kernel), bias)
    parts = zip(tf.split(x, groups, 3), tf.split(kernel, groups, 3), strict=True)
    return _with_bias(m, tf.concat([convolve(a, b) for a, b in parts], 3), bias)


def _depthwise(m: Meaning, x: Any, weights: Any, bias: Any = None) -> Any:
    """weights [1, H, W, C * multiplier]; output channel c * multiplier + k reads input channel c."""
    _, height, width, channels = m.input_shapes[1]
    inputs = m.input_shapes[0][3]
    kernel = tf.reshape(weights, [height, width, inputs, channels // inputs])
    dilations = [m.attributes["dilation_h_factor"], m.attributes["dilation_w_factor"]]
    window = _window(m)
    step_h, step_w = window["strides"][1:3]
    if step_h == step_w:
        return _with_bias(m, tf.nn.depthwise_conv2d(x, kernel, **window, dilations=dilations), bias)
    # TensorFlow has no unequal strides here: computed densely by a kernel that is zero across channels
    dense = tf.reshape(kernel[:, :, :, None, :] * tf.eye(inputs)[:, :, None], [height, width, inputs, channels])
    return _with_bias(m, tf.nn.conv2d(x, dense, **window, dilations=[1, *dilations, 1]), bias)


def _transposed(m: Meaning, _: Any, weights: Any, x: Any, bias: Any = None) -> Any:
    """weights [O, H, W, I]."""
    kernel = tf.transpose(weights, [1, 2, 0, 3])
    return _with_bias(m, tf.nn.conv2d_transpose(x, kernel, [tf.shape(x)[0], *m.out[1:]], **_window(m)), bias)


def _dense(m: Meaning, x: Any, weights: Any, bias: Any = None) -> Any:
    """weights [O, I]."""
    if m.attributes.get("weights_format", "DEFAULT") != "DEFAULT":
        raise m.refusal("its weights are shuffled")
    rows = tf.matmul(tf.reshape(x, [-1, m.input_shapes[1][1]]), weights, transpose_b=True)
    return _reshaped(m, _with_bias(m, rows, bias))


def _elementwise(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def compute(m: Meaning, a: Any, b: Any) -> Any:
        if any(len(s) == len(m.out) and s[0] > 1 for s in m.input_shapes):
            raise m.refusal(f"it mixes samples: shapes {list(map(list, m.input_shapes))}")
        return activated(m, function(a, b))

    return compute


def _unary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda m, x: function(x)


def _pool(function: Callable[..., Any]) -> Callable[..., Any]:
    def compute(m: Meaning, x: Any) -> Any:
        size = [m.attributes["filter_height"], m.attributes["filter_width"]]
        return activated(m, function(x, ksize=size, **_window(m)))

    return compute


def _reshaped(m: Meaning, x: Any, *_: Any) -> Any:
    if not m.out or prod(m.out[1:]) == 0:
        raise m.refusal(f"its output has the shape {list(m.out)}")
    return tf.reshape(x, [-1, *m.out[1:]])


def _axes(m: Meaning, axes: Any, rank: int) -> list[int]:
    """Axes counted from 0; the batch's refused."""
    found = [int(a) % rank for a in (axes.reshape(-1) if hasattr(axes, "reshape") else [axes])]
    if 0 in found:
        raise m.refusal("it works on the batch axis")
    return found


def _reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    def compute(m: Meaning, x: Any, axes: Any) -> Any:
        return function(x, _axes(m, axes, len(m.input_shapes[0])), keepdims=bool(m.attributes["keep_dims"]))

    return compute


def _transposition(m: Meaning, x: Any, order: Any) -> Any:
    if int(order[0]) != 0:
        raise m.refusal("it moves the batch axis")
    return tf.transpose(x, order)


def _padded(m: Meaning, x: Any, paddings: Any, value: Any = 0.0) -> Any:
    if paddings[0].any():
        raise m.refusal("it pads the batch axis")
    return tf.pad(x, paddings, constant_values=tf.reshape(value, []))


def _mirrored(m: Meaning, x: Any, paddings: Any) -> Any:
    if paddings[0].any():
        raise m.refusal("it pads the batch axis")
    return tf.pad(x, paddings, mode=str(m.attributes["mode"]))


def _concatenated(m: Meaning, *parts: Any) -> Any:
    (axis,) = _axes(m, m.attributes["axis"], len(m.out))
    return activated(m, tf.concat(_repeated(parts), axis))


def _repeated(parts: Sequence[Any]) -> list[Any]:
    """The parts, constants of one sample among them repeated for all samples."""
    batch = tf.reduce_max([tf.shape(x)[0] for x in parts])
    return [tf.broadcast_to(x, [batch, *x.shape[1:]]) if x.shape[0] == 1 else x for x in parts]


def _split(m: Meaning, x: Any, axis: Any) -> Any:
    (at,) = _axes(m, axis, len(m.out))
    return tf.split(x, [shape[at] for shape in m.output_shapes], at)


def _stacked(m: Meaning, *parts: Any) -> Any:
    (axis,) = _axes(m, m.attributes["axis"], len(m.out))
    return tf.stack(_repeated(parts), axis)


def _unstacked(m: Meaning, x: Any) -> Any:
    (axis,) = _axes(m, m.attributes["axis"], len(m.input_shapes[0]))
    return tf.unstack(x, axis=axis)


def _sliced(m: Meaning, x: Any, begin: Any, size: Any) -> Any:
    if int(begin[0]) != 0:
        raise m.refusal("it cuts the batch axis")
    return tf.slice(x, begin, [-1, *m.out[1:]])


def _strided(m: Meaning, x: Any, begin: Any, end: Any, strides: Any) -> Any:
    masks = {name: int(m.attributes[name]) for name in ("begin_mask", "end_mask", "shrink_axis_mask")}
    whole = masks["begin_mask"] & 1 or int(begin[0]) == 0
    if m.attributes["ellipsis_mask"] or m.attributes["new_axis_mask"] or masks["shrink_axis_mask"] & 1 or not whole:
        raise m.refusal("it cuts the batch axis, or adds axes")
    masks |= {"begin_mask": masks["begin_mask"] | 1, "end_mask": masks["end_mask"] | 1}
    return tf.strided_slice(x, begin, end, [1, *strides[1:]], **masks)


ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = {
    "NONE": lambda y: y,
    "RELU": tf.nn.relu,
    "RELU6": tf.nn.relu6,
    "RELU_N1_TO_1": lambda y: tf.clip_by_value(y, -1.0, 1.0),
    "TANH": tf.tanh,
}

BOUNDS = {"RELU": (0.0, inf), "RELU_0_TO_1": (0.0, 1.0), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}

OPERATORS: Mapping[str, Callable[..., Any]] = {
    "CONV_2D": _convolution,
    "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transposed,
    "FULLY_CONNECTED": _dense,
    "ADD": _elementwise(tf.add),
    "SUB": _elementwise(tf.subtract),
    "MUL": _elementwise(tf.multiply),
    "MAXIMUM": _elementwise(tf.maximum),
    "MINIMUM": _elementwise(tf.minimum),
    "AVERAGE_POOL_2D": _pool(tf.nn.avg_pool2d),
    "MAX_POOL_2D": _pool(tf.nn.max_pool2d),
    "MEAN": _reduced(tf.reduce_mean),
    "SUM": _reduced(tf.reduce_sum),
    "REDUCE_MAX": _reduced(tf.reduce_max),
    "RELU": _unary(tf.nn.relu),
    "RELU6": _unary(tf.nn.relu6),
    "RELU_N1_TO_1": _unary(ACTIVATIONS["RELU_N1_TO_1"]),
    "RELU_0_TO_1": _unary(lambda x: tf.clip_by_value(x, 0.0, 1.0)),
    "LEAKY_RELU": lambda m, x: tf.nn.leaky_relu(x, m.attributes["alpha"]),
    "PRELU": lambda m, x, alpha: tf.nn.relu(x) - alpha * tf.nn.relu(-x),
    "ELU": _unary(tf.nn.elu),
    "HARD_SWISH": _unary(lambda x: x * tf.nn.relu6(x + 3.0) / 6.0),
    "GELU": lambda m, x: tf.nn.gelu(x, approximate=bool(m.attributes["approximate"])),
    "ABS": _unary(tf.abs),
    "RSQRT": _unary(tf.math.rsqrt),
    "TANH": _unary(tf.tanh),
    "LOGISTIC": _unary(tf.sigmoid),
    "SOFTMAX": lambda m, x: tf.nn.softmax(x * m.attributes["beta"]),
    "LOG_SOFTMAX": _unary(tf.nn.log_softmax),
    "RESHAPE": _reshaped,
    "SQUEEZE": _reshaped,
    "EXPAND_DIMS": _reshaped,
    "TRANSPOSE": _transposition,
    "PAD": _padded,
    "PADV2": _padded,
    "MIRROR_PAD": _mirrored,
    "CONCATENATION": _concatenated,
    "SPLIT": lambda m, axis, x: _split(m, x, axis),
    "SPLIT_V": lambda m, x, sizes, axis: _split(m, x, axis),
    "PACK": _stacked,
    "UNPACK": _unstacked,
    "SLICE": _sliced,
    "STRIDED_SLICE": _strided,
}
