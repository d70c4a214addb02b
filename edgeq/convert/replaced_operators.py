"""TensorFlow operators that TFLite has no form of, written with operators that it has.

Each function takes TensorFlow's module, the operation and tensors in place of its inputs, with
their shapes known, and gives the output tensors; None where it does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from edgeq.convert import curves
from edgeq.convert.parts_and_products import (
    cross_product,
    diagonal,
    patches,
    product,
    reached,
    resized,
    running_product,
    segment_sum,
)
from edgeq.convert.scattered import (
    added,
    replaced,
    rows_written,
    scattered,
    slice_written,
    subtracted,
)

Replacement = Callable[[Any, Any, Sequence[Any]], Any]
VOLUME = b"NDHWC"


def _pooled_volume(operator: str) -> Replacement:
    """Pooling of [batch, depth, height, width, channels]: over height and width of every slice,
    then over depth. Equal for the maximum, and for the mean, since a window that "same" padding
    cuts off is still a box.
    """

    def replacement(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
        (x,), given = inputs, operation.node_def.attr
        if given["data_format"].s not in (b"", VOLUME):
            return None
        pool = getattr(tf.nn, operator)
        (_, d, h, w, _), (_, sd, sh, sw, _) = given["ksize"].list.i, given["strides"].list.i
        padding = given["padding"].s.decode()
        n, depth, height, width, channels = x.shape
        y = tf.reshape(x, [n * depth, height, width, channels])
        y = pool(y, [h, w], [sh, sw], padding)
        _, height, width, _ = y.shape
        y = tf.reshape(y, [n, depth, height * width, channels])
        y = pool(y, [d, 1], [sd, 1], padding)
        return tf.reshape(y, [n, y.shape[1], height, width, channels])

    return replacement


def _convolved_volume(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """Convolution of [batch, depth, height, width, channels]: the slices that a filter reads are
    joined along the channels, so that one CONV_2D with a batch of output slices sums all products.
    """
    (x, filters), given = inputs, operation.node_def.attr
    if given["data_format"].s not in (b"", VOLUME) or {*given["dilations"].list.i} - {1}:
        return None
    _, sd, sh, sw, _ = given["strides"].list.i
    padding = given["padding"].s.decode()
    kd, kh, kw, channels, count = filters.shape
    n, depth = x.shape[:2]
    made = depth_of(depth, kd, sd, padding)
    if padding == "SAME":
        missing = max((made - 1) * sd + kd - depth, 0)
        x = tf.pad(x, [[0, 0], [missing // 2, missing - missing // 2], [0, 0], [0, 0], [0, 0]])
    reach = (made - 1) * sd + 1
    joined = tf.concat([x[:, k : k + reach : sd] for k in range(kd)], axis=-1)
    y = tf.reshape(joined, [n * made, *joined.shape[2:]])
    flat = tf.reshape(tf.transpose(filters, [1, 2, 0, 3, 4]), [kh, kw, kd * channels, count])
    y = tf.nn.conv2d(y, flat, [sh, sw], padding)
    return tf.reshape(y, [n, made, *y.shape[1:]])


def depth_of(depth: int, window: int, step: int, padding: str) -> int:
    """The output depth of a window that slides along the depth of a volume. window: its depth;
    step: its stride; padding: SAME or VALID.
    """
    return -(-depth // step) if padding == "SAME" else (depth - window) // step + 1


def _hot(tf: Any, x: Any, depth: int, on: Any, off: Any) -> Any:
    """One-hot vectors of indices along a new last axis, by comparison with every index.

    TFLite's converter makes ONE_HOT, which TFLM has not, of `on` where they are equal.
    """
    return tf.where(tf.not_equal(tf.expand_dims(x, -1), tf.range(depth, dtype=x.dtype)), off, on)


def _one_hot(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    x, depth, on, off = inputs
    size = tf.get_static_value(depth)
    if size is None or operation.node_def.attr["axis"].i not in (-1, x.shape.rank):
        return None
    return _hot(tf, x, int(size), on, off)


def _bucket(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """The number of boundaries that are at most x."""
    (x,), bounds = inputs, list(operation.node_def.attr["boundaries"].list.f)
    reached = tf.expand_dims(tf.cast(x, tf.float32), -1) >= tf.constant(bounds, tf.float32)
    return tf.cast(tf.reduce_sum(tf.where(reached, 1.0, 0.0), axis=-1), tf.int32)


def _counted(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """Occurrences of each number in a row, or whether there is one; from one-hot vectors."""
    x, _, weights = inputs
    size = _limited(tf, operation.inputs[1])
    if size is None or weights.shape.num_elements():
        return None
    hot = _hot(tf, x, size, tf.ones([], weights.dtype), tf.zeros([], weights.dtype))
    reduce = tf.reduce_max if operation.node_def.attr["binary_output"].b else tf.reduce_sum
    return reduce(hot, axis=-2)


def _limited(tf: Any, tensor: Any) -> int | None:
    """A tensor's value where it is min(n, max(n, ...)) of a constant n, as Keras limits a count;
    None for others.
    """
    known, pending = list[int](), [tensor]
    while pending:
        op = pending.pop().op
        if op.type in ("Minimum", "Maximum"):
            found = [(t, tf.get_static_value(t)) for t in op.inputs]
            known += [int(value) for _, value in found if value is not None]
            pending += [t for t, value in found if value is None]
    return known[0] if len(known) > 1 and len({*known}) == 1 else None


def _band(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """A band of matrices, 0 beside it, by a constant mask."""
    x, lower, upper = inputs
    below, above = (tf.get_static_value(t) for t in (lower, upper))
    if below is None or above is None:
        return None
    rows, columns = x.shape[-2:]
    distance = np.arange(columns)[None] - np.arange(rows)[:, None]
    kept = ((below < 0) | (-distance <= below)) & ((above < 0) | (distance <= above))
    mask = np.broadcast_to(kept, x.shape)
    return tf.where(mask, x, tf.zeros(x.shape, x.dtype))


def _signs(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    (x,) = inputs
    ones = tf.ones_like(x)
    return tf.where(x > 0, ones, tf.where(x < 0, -ones, tf.zeros_like(x)))


def _powers(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """x to the power of a small constant, by multiplications; None for other exponents."""
    x, exponent = inputs
    power = tf.get_static_value(exponent)
    if power is None or power.size != 1 or float(power.reshape(())) not in range(1, 9):
        return None
    y = x
    for _ in range(int(power.reshape(())) - 1):
        y = y * x
    return y


def _softsign(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    return inputs[0] / (tf.abs(inputs[0]) + 1.0)


def _tangent(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    return tf.sin(inputs[0]) / tf.cos(inputs[0])


def _hyperbolic(sign: float) -> Replacement:
    """(e^x + sign e^-x) / 2."""

    def replacement(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
        return (tf.exp(inputs[0]) + sign * tf.exp(-inputs[0])) * 0.5

    return replacement


def _never(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """False, since no integer stands for NaN or infinity, and samples that hold them are refused."""
    return tf.zeros(inputs[0].shape, tf.bool)


def _always(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """True, as `_never` is False."""
    return tf.ones(inputs[0].shape, tf.bool)


REPLACEMENTS: Mapping[str, Replacement] = {
    "IsNan": _never,
    "IsInf": _never,
    "IsFinite": _always,
    "MaxPool3D": _pooled_volume("max_pool2d"),
    "AvgPool3D": _pooled_volume("avg_pool2d"),
    "Conv3D": _convolved_volume,
    "OneHot": _one_hot,
    "DenseBincount": _counted,
    "Bucketize": _bucket,
    "MatrixBandPart": _band,
    "ScatterNd": scattered,
    "TensorScatterUpdate": rows_written(replaced),
    "TensorScatterAdd": rows_written(added),
    "TensorScatterSub": rows_written(subtracted),
    "TensorStridedSliceUpdate": slice_written,
    "Sign": _signs,
    "Pow": _powers,
    "Softsign": _softsign,
    "Tan": _tangent,
    "Sinh": _hyperbolic(-1.0),
    "Cosh": _hyperbolic(1.0),
    "Erf": curves.error_function,
    "Erfc": curves.complement_of_error,
    "Atan": curves.arc_tangent,
    "Atan2": curves.angle,
    "Asin": curves.arc_sine,
    "Acos": curves.arc_cosine,
    "Asinh": curves.area_sine,
    "Acosh": curves.area_cosine,
    "Atanh": curves.area_tangent,
    "MatrixDiagPartV3": diagonal,
    "Prod": product,
    "Cumprod": running_product,
    "Cross": cross_product,
    "UnsortedSegmentSum": segment_sum,
    "LowerBound": reached("less"),
    "UpperBound": reached("less_equal"),
    "ExtractImagePatches": patches,
    "ResizeBicubic": resized,
    "ResizeArea": resized,
    "ScaleAndTranslate": resized,
}
"""TensorFlow operator -> what stands for it."""
