"""The scales with which the weights of one operator of the trainable model are quantized."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from edgeq.trainable.fake_quantize import SMALLEST, learned_scale, lsq_quantized, scaled_gradient


@dataclass(frozen=True, eq=False)
class WeightScales:
    """The scales of weights, one for each channel or one for all.

    axis: of the weights, which numbers the channels.
    bits: of an integer weight.
    first: variable, float32 [channels] or [1]. With learned scales it holds the initial ones; else
        the scales as a share of the largest magnitude that the weights have at present.
    log: variable like `first`, the trained logarithm of what the initial scales are multiplied by;
        None where scales are not trained.
    """

    axis: int
    bits: int
    first: Any
    log: Any | None

    @property
    def limit(self) -> int:
        """The largest integer weight."""
        return int(2 ** (self.bits - 1) - 1)

    def start(self, scale: Any, weights: Any) -> None:
        """Assigns the scales, [channels] or [1], of the given present weights."""
        if self.log is not None:
            self.log.assign(tf.zeros_like(self.log))
        self.first.assign(scale if self.log is not None else scale / self._largest(weights))

    def scale(self, weights: Any) -> Any:
        """The scales of the given present weights, float32 [channels] or [1]."""
        start = tf.convert_to_tensor(self.first)
        if self.log is None:
            return start * tf.stop_gradient(self._largest(weights))
        factor = float(weights.shape.num_elements() / self.first.shape[0] * self.limit) ** -0.5
        return scaled_gradient(learned_scale(start, self.log), factor)

    def fake_quantized(self, weights: Any) -> Any:
        """The weights rounded to multiples of their scales, with gradients (LSQ)."""
        scale = self.by_channel(self.scale(weights), weights)
        return lsq_quantized(weights, scale, -self.limit, self.limit)

    def integers(self, weights: Any) -> tuple[Any, Any]:
        """The scales, float32 [channels] or [1], and integer weights as float32."""
        scale = self.scale(weights)
        v = weights / self.by_channel(scale, weights)
        return scale, tf.round(tf.clip_by_value(v, -self.limit, self.limit))

    def by_channel(self, scale: Any, weights: Any) -> Any:
        """Scales reshaped to the rank of the weights."""
        shape = [1] * len(weights.shape)
        shape[self.axis] = -1
        return tf.reshape(scale, shape)

    def _largest(self, weights: Any) -> Any:
        """The largest magnitude of the weights of each scale, 1 where they are all 0."""
        axis, per_channel = self.axis % len(weights.shape), self.first.shape[0] > 1
        others = [a for a in range(len(weights.shape)) if a != axis or not per_channel]
        largest = tf.reshape(tf.reduce_max(tf.abs(weights), others), [-1])
        return tf.where(largest < SMALLEST, 1.0, largest)
