"""TFLite operators as differentiable TensorFlow functions over batches of any size.

The first axis of every tensor is the batch, which the file fixes to 1; operators that mix it with
other axes are refused. `check_parity` compares the whole network with the float .tflite.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from edgeq.trainable.axis_operators import (
    concatenated,
    mirrored,
    padded,
    reduced,
    reshaped,
    sliced,
    split_along,
    stacked,
    strided,
    transposition,
    unstacked,
)
from edgeq.trainable.operator_spec import ACTIVATIONS, OperatorSpec, activated
from edgeq.trainable.windowed_operators import (
    convolution,
    dense,
    depthwise,
    pool,
    resized,
    transposed,
)


def compute(spec: OperatorSpec, inputs: Sequence[Any]) -> Any:
    """The operator's output tensor, or a list of them. inputs: tensors and constants in the
    operator's order.
    """
    if spec.kind not in OPERATORS:
        raise spec.refusal("its gradient is not known to edgeq")
    return OPERATORS[spec.kind](spec, *inputs)


def _elementwise(function: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def compute(spec: OperatorSpec, a: Any, b: Any) -> Any:
        if any(len(s) == len(spec.out) and s[0] > 1 for s in spec.input_shapes):
            raise spec.refusal(f"it mixes samples: shapes {list(map(list, spec.input_shapes))}")
        return activated(spec, function(a, b))

    return compute


def _unary(function: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda spec, x: function(x)


OPERATORS: Mapping[str, Callable[..., Any]] = {
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise,
    "TRANSPOSE_CONV": transposed,
    "FULLY_CONNECTED": dense,
    "ADD": _elementwise(tf.add),
    "SUB": _elementwise(tf.subtract),
    "MUL": _elementwise(tf.multiply),
    "DIV": _elementwise(tf.divide),
    "POW": _elementwise(tf.pow),
    "SQUARED_DIFFERENCE": _elementwise(tf.math.squared_difference),
    "MAXIMUM": _elementwise(tf.maximum),
    "MINIMUM": _elementwise(tf.minimum),
    "AVERAGE_POOL_2D": pool(tf.nn.avg_pool2d),
    "MAX_POOL_2D": pool(tf.nn.max_pool2d),
    "MEAN": reduced(tf.reduce_mean),
    "SUM": reduced(tf.reduce_sum),
    "REDUCE_MAX": reduced(tf.reduce_max),
    "RELU": _unary(tf.nn.relu),
    "RELU6": _unary(tf.nn.relu6),
    "RELU_N1_TO_1": _unary(ACTIVATIONS["RELU_N1_TO_1"]),
    "RELU_0_TO_1": _unary(lambda x: tf.clip_by_value(x, 0.0, 1.0)),
    "LEAKY_RELU": lambda spec, x: tf.nn.leaky_relu(x, spec.attributes["alpha"]),
    "PRELU": lambda spec, x, alpha: tf.nn.relu(x) - alpha * tf.nn.relu(-x),
    "ELU": _unary(tf.nn.elu),
    "HARD_SWISH": _unary(lambda x: x * tf.nn.relu6(x + 3.0) / 6.0),
    "GELU": lambda spec, x: tf.nn.gelu(x, approximate=bool(spec.attributes["approximate"])),
    "ABS": _unary(tf.abs),
    "RSQRT": _unary(tf.math.rsqrt),
    "SQRT": _unary(tf.sqrt),
    "SQUARE": _unary(tf.square),
    "NEG": _unary(tf.negative),
    "EXP": _unary(tf.exp),
    "LOG": _unary(tf.math.log),
    "SIN": _unary(tf.sin),
    "COS": _unary(tf.cos),
    "TANH": _unary(tf.tanh),
    "LOGISTIC": _unary(tf.sigmoid),
    "SOFTMAX": lambda spec, x: tf.nn.softmax(x * spec.attributes["beta"]),
    "LOG_SOFTMAX": _unary(tf.nn.log_softmax),
    "RESHAPE": reshaped,
    "SQUEEZE": reshaped,
    "EXPAND_DIMS": reshaped,
    "TRANSPOSE": transposition,
    "PAD": padded,
    "PADV2": padded,
    "MIRROR_PAD": mirrored,
    "DEPTH_TO_SPACE": lambda spec, x: tf.nn.depth_to_space(x, spec.attributes["block_size"]),
    "SPACE_TO_DEPTH": lambda spec, x: tf.nn.space_to_depth(x, spec.attributes["block_size"]),
    "RESIZE_BILINEAR": resized(tf.compat.v1.image.resize_bilinear),
    "RESIZE_NEAREST_NEIGHBOR": resized(tf.compat.v1.image.resize_nearest_neighbor),
    "CONCATENATION": concatenated,
    "SPLIT": lambda spec, axis, x: split_along(spec, x, axis),
    "SPLIT_V": lambda spec, x, sizes, axis: split_along(spec, x, axis),
    "PACK": stacked,
    "UNPACK": unstacked,
    "SLICE": sliced,
    "STRIDED_SLICE": strided,
}
