"""Operators on parts of tensors that TFLite has no form of, with slices, products and constant matrices.

Each function takes TensorFlow's module, the operation and tensors in place of its inputs, with
their shapes known, and gives the output tensors; None where it does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from edgeq.convert.constant_values import computed

Replacement = Callable[[Any, Any, Sequence[Any]], Any]
MOST = 4096  # values of a row whose patches or neighbours are taken by a constant matrix


def diagonal(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """One diagonal of matrices [..., rows, columns]: every (columns + 1)-th value of their rows one
    after another.
    """
    x, offset = inputs[0], tf.get_static_value(inputs[1])
    if offset is None or offset.size != 1:
        return None
    (k,), (*leading, rows, columns) = offset.reshape(-1), x.shape
    below, right = max(-int(k), 0), max(int(k), 0)
    count = min(rows - below, columns - right)
    first = below * columns + right
    flat = tf.reshape(x, [*leading, rows * columns])
    return flat[..., first : first + (count - 1) * (columns + 1) + 1 : columns + 1]


def product(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """The product of all values along axes, by halves of them."""
    x, axes = inputs[0], tf.get_static_value(inputs[1])
    if axes is None:
        return None
    rank, shape = x.shape.rank, x.shape.as_list()
    for axis in sorted({int(a) % rank for a in axes.reshape(-1)}):
        while x.shape[axis] > 1:
            half, odd = divmod(x.shape[axis], 2)
            first, second, *last = tf.split(x, [half, half, *[odd] * odd], axis)
            x = tf.concat([first * second, *last], axis) if last else first * second
        shape[axis] = 1
    return tf.reshape(x, operation.outputs[0].shape)


def running_product(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """Products of all values up to each place of an axis, by Hillis and Steele (1986): each pass
    multiplies by what lies twice as far away as in the pass before it.
    """
    x, axis = inputs[0], tf.get_static_value(inputs[1])
    if axis is None or not x.dtype.is_floating:
        return None
    at, given = int(axis) % x.shape.rank, operation.node_def.attr
    backwards = given["reverse"].b
    y = tf.reverse(x, [at]) if backwards else x
    size, reach = x.shape[at], 1
    if given["exclusive"].b:
        kept, _ = tf.split(y, [size - 1, 1], at)
        y = tf.concat([tf.ones([*x.shape[:at], 1, *x.shape[at + 1 :]], x.dtype), kept], at)
    while reach < size:
        first, later = tf.split(y, [reach, size - reach], at)
        before, _ = tf.split(y, [size - reach, reach], at)
        y, reach = tf.concat([first, later * before], at), 2 * reach
    return tf.reverse(y, [at]) if backwards else y


def cross_product(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """The cross product of vectors of three components along the last axis."""
    a, b = (tf.split(x, 3, -1) for x in inputs)
    turns = ((1, 2), (2, 0), (0, 1))
    return tf.concat([a[i] * b[j] - a[j] * b[i] for i, j in turns], -1)


def segment_sum(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """The sums of rows with the same number, by a matrix of ones where a row belongs to a sum."""
    x, numbers, count = inputs
    segments = tf.get_static_value(count)
    if segments is None or not x.dtype.is_floating:
        return None
    rank, rows = numbers.shape.rank, numbers.shape.num_elements()
    flat = tf.reshape(x, [rows, -1])
    places = tf.reshape(numbers, [1, rows])
    own = tf.equal(places, tf.reshape(tf.range(int(segments), dtype=places.dtype), [-1, 1]))
    sums = tf.matmul(tf.where(own, tf.ones([], x.dtype), tf.zeros([], x.dtype)), flat)
    return tf.reshape(sums, [int(segments), *x.shape[rank:]])


def reached(compare: str) -> Replacement:
    """How many values of sorted rows are below each given one. compare: TensorFlow's function that
    says of a bound and a value whether it counts.
    """

    def replacement(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
        bounds, values = (tf.cast(x, tf.float32) for x in inputs)
        counts = getattr(tf, compare)(bounds[:, None, :], values[:, :, None])
        found = tf.reduce_sum(tf.where(counts, 1.0, 0.0), axis=-1)
        return tf.cast(found, operation.outputs[0].dtype)

    return replacement


def patches(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """Patches of images along the channels, by a convolution whose filters each take one value."""
    (x,), given = inputs, operation.node_def.attr
    _, height, width, _ = given["ksizes"].list.i
    size = height * width * x.shape[-1]
    if size > MOST or not x.dtype.is_floating:
        return None
    filters = np.eye(size, dtype=np.float32).reshape(height, width, x.shape[-1], size)
    strides, dilations = (list(given[name].list.i)[1:3] for name in ("strides", "rates"))
    return tf.nn.conv2d(x, filters, strides, given["padding"].s.decode(), dilations=dilations)


def resized(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """Images of another size by two constant matrices, one of the rows and one of the columns."""
    x, others = inputs[0], [tf.get_static_value(t) for t in inputs[1:]]
    if any(value is None for value in others):
        return None
    _, height, width, _ = x.shape
    tall, wide = (
        _weights(operation, size, [value[axis] for value in others])
        for axis, size in enumerate((height, width))
    )
    y = tf.matmul(tf.transpose(tf.cast(x, tf.float32), [0, 2, 3, 1]), tall, transpose_b=True)
    y = tf.matmul(tf.transpose(y, [0, 3, 2, 1]), wide, transpose_b=True)
    return tf.transpose(y, [0, 1, 3, 2])


def _weights(operation: Any, size: int, given: Sequence[Any]) -> Any:
    """What an operator that resizes images makes of a column of the rows of a unit matrix: the
    weights [rows made, rows] of every row. given: what its inputs behind the image say of the axis,
    the new size first, then a factor and an offset where it has them.
    """
    beside = (1, 1.0, 0.0)  # what leaves the axis of size 1 as it is
    values = [np.array([v, one], v.dtype) for v, one in zip(given, beside, strict=False)]
    unit = np.eye(size, dtype=np.float32).reshape(1, size, 1, size)
    (made,) = computed(operation, [unit, *values])
    return made.reshape(-1, size)
