"""Operators of TFLite that reshape, move, pad, join, split or reduce axes, as differentiable
TensorFlow functions. The batch axis, the first one, must stay as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import tensorflow as tf

from edgeq.trainable.operator_spec import OperatorSpec, activated


def reshaped(spec: OperatorSpec, x: Any, *_: Any) -> Any:
    """RESHAPE and operators that do the same: x in the output's shape, for a batch of any size."""
    if not spec.out or prod(spec.out[1:]) == 0:
        raise spec.refusal(f"its output has the shape {list(spec.out)}")
    return tf.reshape(x, [-1, *spec.out[1:]])


def transposition(spec: OperatorSpec, x: Any, order: Any) -> Any:
    """TRANSPOSE. order: int32 [rank], of the axes."""
    if int(order[0]) != 0:
        raise spec.refusal("it moves the batch axis")
    return tf.transpose(x, order)


def padded(spec: OperatorSpec, x: Any, paddings: Any, value: Any = 0.0) -> Any:
    """PAD and PADV2. paddings: int32 [rank, 2]; value: what to pad with."""
    if paddings[0].any():
        raise spec.refusal("it pads the batch axis")
    return tf.pad(x, paddings, constant_values=tf.reshape(value, []))


def mirrored(spec: OperatorSpec, x: Any, paddings: Any) -> Any:
    """MIRROR_PAD. paddings: int32 [rank, 2]."""
    if paddings[0].any():
        raise spec.refusal("it pads the batch axis")
    return tf.pad(x, paddings, mode=str(spec.attributes["mode"]))


def concatenated(spec: OperatorSpec, *parts: Any) -> Any:
    """CONCATENATION, with its fused activation."""
    (axis,) = _axes(spec, spec.attributes["axis"], len(spec.out))
    return activated(spec, tf.concat(_repeated(parts), axis))


def _repeated(parts: Sequence[Any]) -> list[Any]:
    """The parts, with constants of a single sample broadcast to the batch."""
    batch = tf.reduce_max([tf.shape(x)[0] for x in parts])
    return [tf.broadcast_to(x, [batch, *x.shape[1:]]) if x.shape[0] == 1 else x for x in parts]


def split_along(spec: OperatorSpec, x: Any, axis: Any) -> Any:
    """SPLIT and SPLIT_V, by the sizes of the outputs."""
    (at,) = _axes(spec, axis, len(spec.out))
    return tf.split(x, [shape[at] for shape in spec.output_shapes], at)


def stacked(spec: OperatorSpec, *parts: Any) -> Any:
    """PACK."""
    (axis,) = _axes(spec, spec.attributes["axis"], len(spec.out))
    return tf.stack(_repeated(parts), axis)


def unstacked(spec: OperatorSpec, x: Any) -> Any:
    """UNPACK."""
    (axis,) = _axes(spec, spec.attributes["axis"], len(spec.input_shapes[0]))
    return tf.unstack(x, axis=axis)


def sliced(spec: OperatorSpec, x: Any, begin: Any, size: Any) -> Any:
    """SLICE. begin: int32 [rank]; the size is that of the output."""
    if int(begin[0]) != 0:
        raise spec.refusal("it cuts the batch axis")
    return tf.slice(x, begin, [-1, *spec.out[1:]])


def strided(spec: OperatorSpec, x: Any, begin: Any, end: Any, strides: Any) -> Any:
    """STRIDED_SLICE. begin, end, strides: int32 [rank]."""
    masks = {
        name: int(spec.attributes[name]) for name in ("begin_mask", "end_mask", "shrink_axis_mask")
    }
    whole = masks["begin_mask"] & 1 or int(begin[0]) == 0
    if (
        spec.attributes["ellipsis_mask"]
        or spec.attributes["new_axis_mask"]
        or masks["shrink_axis_mask"] & 1
        or not whole
    ):
        raise spec.refusal("it cuts the batch axis, or adds axes")
    masks |= {"begin_mask": masks["begin_mask"] | 1, "end_mask": masks["end_mask"] | 1}
    return tf.strided_slice(x, begin, end, [1, *strides[1:]], **masks)


def _axes(spec: OperatorSpec, axes: Any, rank: int) -> list[int]:
    """The axes, counted from 0. Raises UnsupportedError for the batch axis."""
    found = [int(a) % rank for a in (axes.reshape(-1) if hasattr(axes, "reshape") else [axes])]
    if 0 in found:
        raise spec.refusal("it works on the batch axis")
    return found


def reduced(function: Callable[..., Any]) -> Callable[..., Any]:
    """A reduction over axes, such as MEAN, by the TensorFlow function that reduces."""

    def compute(spec: OperatorSpec, x: Any, axes: Any) -> Any:
        return function(
            x,
            _axes(spec, axes, len(spec.input_shapes[0])),
            keepdims=bool(spec.attributes["keep_dims"]),
        )

    return compute
