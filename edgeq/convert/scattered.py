"""TensorFlow operators that write a part of a tensor, as DYNAMIC_UPDATE_SLICE, which TFLite and TFLM
have in place of them. A place outside of the tensor, which TensorFlow refuses, is not looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from edgeq.convert.backend import imported

MOST = 16  # rows that are each written by an update of their own; more are written by a loop
Combine = Callable[[Any, Any], Any]
"""The part as it was, and what an operator is given for it -> what it writes."""


def replaced(before: Any, given: Any) -> Any:
    return given


def added(before: Any, given: Any) -> Any:
    return before + given


def subtracted(before: Any, given: Any) -> Any:
    return before - given


def rows_written(combine: Combine) -> Callable[[Any, Any, Sequence[Any]], Any]:
    """TensorScatterUpdate and its kin: x, places [..., axes] and what is given for each of them."""

    def replacement(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
        x, places, updates = inputs
        return _written(tf, x, places, updates, combine)

    return replacement


def scattered(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """ScatterNd: rows added to zeros at their places."""
    places, updates, shape = inputs
    sizes = tf.get_static_value(shape)
    if sizes is None:
        return None
    return _written(tf, tf.zeros([int(n) for n in sizes], updates.dtype), places, updates, added)


def _written(tf: Any, x: Any, places: Any, updates: Any, combine: Combine) -> Any:
    """x with what is given at each place, one after another; None where a place has no axes."""
    *leading, axes = places.shape.as_list()
    count, rest = prod(leading), x.shape.as_list()[axes:]
    if not axes:
        return None
    part, places = [*[1] * axes, *rest], tf.cast(places, tf.int32)

    def one(x: Any, start: Any, given: Any) -> Any:
        if rest:
            start = tf.concat([start, tf.zeros([len(rest)], tf.int32)], 0)
        if combine is not replaced:
            given = combine(tf.slice(x, start, part), given)
        return updated(x, given, start)

    if count > MOST:
        rows, parts = tf.reshape(places, [count, axes]), tf.reshape(updates, [count, *part])
        return _in_turn(tf, x, rows, parts, one)
    both = zip(_each(tf, places, count, [axes]), _each(tf, updates, count, part), strict=True)
    for start, given in both:
        x = one(x, start, given)
    return x


def _in_turn(tf: Any, x: Any, starts: Any, parts: Any, one: Callable[[Any, Any, Any], Any]) -> Any:
    """x after one update for each row of starts and parts, by a loop. TFLM has GATHER of no int32."""
    count, axes = starts.shape.as_list()
    shape = x.shape

    def step(i: Any, x: Any) -> tuple[Any, Any]:
        start = tf.reshape(tf.slice(starts, tf.stack([i, 0]), [1, axes]), [axes])
        return i + 1, tf.ensure_shape(one(x, start, tf.gather(parts, i)), shape)

    return tf.while_loop(lambda i, _: i < count, step, (0, x), parallel_iterations=1)[1]


def _each(tf: Any, x: Any, count: int, shape: list[int]) -> list[Any]:
    """The parts of a tensor of `count` parts, each of a shape."""
    if count == 1:
        return [tf.reshape(x, shape)]
    return list(tf.unstack(tf.reshape(x, [count, *shape])))


def updated(x: Any, part: Any, start: Any) -> Any:
    """x with a part of as many dimensions from a place on, int32 [dimensions]."""
    operators = imported("tensorflow.compiler.tf2xla.ops.gen_xla_ops")
    return operators.xla_dynamic_update_slice(input=x, update=part, indices=start)


@dataclass(frozen=True)
class _Part:
    """What a slice has along an axis. start: None where it is computed. dropped: whether values that
    are given for the slice lack the axis.
    """

    start: int | None
    size: int
    dropped: bool = False


def slice_written(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
    """TensorStridedSliceUpdate, x[begin:end] = value, where the sizes of the slice are known and it has no
    steps; None for others. Negative places count from the end, computed ones as well, as TensorFlow's
    ValidateStridedSliceOp has it.
    """
    x, begin, *_, value = inputs
    parts = _parts(tf, operation, x.shape.as_list())
    if parts is None:
        return None
    given = [p.size for p in parts if not p.dropped]
    part = value if value.shape == given else tf.broadcast_to(value, given)
    sizes = x.shape.as_list()
    start = [
        _from_the_front(tf, tf.cast(begin[axis], tf.int32), sizes[axis])
        if p.start is None
        else p.start
        for axis, p in enumerate(parts)
    ]
    return updated(x, tf.reshape(part, [p.size for p in parts]), tf.stack(start))


def _from_the_front(tf: Any, place: Any, size: int) -> Any:
    """A place of an axis that counts from its end where it is negative; as a sum, since TFLM chooses no
    int32.
    """
    return place + size * tf.cast(place < 0, tf.int32)


def _parts(tf: Any, operation: Any, shape: Sequence[int]) -> list[_Part] | None:
    """What the slice of an operator has along each axis of a shape."""
    begin, end, strides = (tf.get_static_value(t, partial=True) for t in operation.inputs[1:4])
    masks = {name: int(given.i) for name, given in operation.node_def.attr.items()}
    if begin is None or end is None or strides is None or any(step != 1 for step in strides):
        return None
    if masks["ellipsis_mask"] or masks["new_axis_mask"]:
        return None
    found = list[_Part]()
    for axis, size in enumerate(shape):
        bit = 1 << axis
        if axis >= len(begin):
            found.append(_Part(0, size))
        elif masks["shrink_axis_mask"] & bit:
            place = begin[axis]
            found.append(_Part(None if place is None else int(place) % size, 1, True))
        else:
            first = 0 if masks["begin_mask"] & bit else begin[axis]
            last = size if masks["end_mask"] & bit else end[axis]
            if first is None or last is None:
                return None
            taken = range(size)[slice(int(first), int(last))]
            found.append(_Part(taken.start, len(taken)))
    return found
