"""The Keras layer that fake-quantizes activations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edgeq.trainable.fake_quantize import (
    LIMITS,
    affine,
    fake_quantized,
    kernel_quantized,
    learned_scale,
    lsq_quantized,
    scaled_gradient,
)
from edgeq.trainable.grid_info import LOGITS, GridInfo, grid_info, with_grid_info

MOMENTUM = 0.99  # of the moving average of ranges


@keras.saving.register_keras_serializable("edgeq")
class FakeQuantize(keras.layers.Layer):  # type: ignore[misc]
    """Fake quantization of activations with one scale, at all places where the layer is called.

    bits: 8 or 16.
    tensors: indices of the graph's tensors that share the scale.
    sites: number of calls whose values have a range of their own; the scale covers all ranges.
    fixed: scale and zero point that an operator prescribes, else None.
    learns: the scale is trained (LSQ), as its logarithm so that optimizer steps are relative (TQT,
        Jain et al. 2020); the zero point is not.
    track: in training, ranges follow the batches' extremes by moving average (Jacob et al. 2018,
        section 3.1).
    started: whether `start` has set a range. Until a range is set, by it or by the first training
        batch, values pass unquantized.
    """

    def __init__(
        self,
        bits: int = 8,
        tensors: Sequence[int] = (),
        sites: int = 1,
        fixed: Sequence[float] | None = None,
        learns: bool = False,
        track: bool = True,
        started: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_jit = False  # with XLA, training on a CPU takes twice as long
        self.bits, self.tensors, self.sites, self.fixed = bits, list(tensors), sites, fixed
        self.learns, self.track, self.started = learns, track, started
        self.low: Any = None
        self.high: Any = None
        self.seen: Any = None
        self.log_step: Any = None
        if fixed is None:
            self.low = self._state("low", sites + 1)  # the last entry is for 0 and constants
            self.high = self._state("high", sites + 1)
            self.seen = self._state("seen", sites)
        if learns and fixed is None:
            self.log_step = self.add_weight(shape=(), initializer="zeros", name="log_step")

    def _state(self, name: str, size: int) -> Any:
        return self.add_weight(shape=(size,), initializer="zeros", trainable=False, name=name)

    def build(self, input_shape: Any) -> None:
        """Does nothing: no weight depends on the input shape."""

    def start(self, low: float, high: float) -> None:
        """Sets the range of all sites."""
        self._set(slice(self.sites), low, high)
        self.seen.assign(np.full(self.sites, 1 / (1 - MOMENTUM), np.float32))
        self.started = True

    def include(self, low: float, high: float) -> None:
        """Makes the range always include these values."""
        self._set(slice(self.sites, None), low, high)

    def _set(self, chosen: slice, low: float, high: float) -> None:
        for state, end in ((self.low, min(low, 0.0)), (self.high, max(high, 0.0))):
            values = np.array(state)
            values[chosen] = end
            state.assign(values)

    def quantization(self) -> tuple[Any, Any]:
        """Scale and zero point, float32 scalars."""
        if self.fixed is not None:
            return tf.constant(self.fixed[0]), tf.constant(self.fixed[1])
        low, high = (
            tf.reduce_min(tf.convert_to_tensor(self.low)),
            tf.reduce_max(tf.convert_to_tensor(self.high)),
        )
        scale, zero_point = affine(low, high, self.bits)
        return scale if self.log_step is None else learned_scale(scale, self.log_step), zero_point

    def call(self, x: Any, site: int = -1, training: bool = False) -> Any:
        """x fake-quantized. site: number of the call site; -1 for one whose range is not tracked."""
        if training and self.track and self.log_step is None and self.fixed is None and site >= 0:
            self._follow(x, site)
        scale, zero_point = self.quantization()
        y = self._quantized(x, scale, zero_point, training)
        if self.fixed is None and not self.started:
            y = tf.where(tf.reduce_min(tf.convert_to_tensor(self.seen)) > 0, y, x)
        return with_grid_info(y, GridInfo(scale=scale), getattr(x, LOGITS, None))

    def _quantized(self, x: Any, scale: Any, zero_point: Any, training: bool) -> Any:
        if not training:
            return kernel_quantized(x, scale, zero_point, self.bits, grid_info(x))
        if self.log_step is None:
            return fake_quantized(x, scale, zero_point, self.bits)
        least, most = LIMITS[self.bits]
        factor = float(np.prod(x.shape[1:]) * most) ** -0.5
        return lsq_quantized(
            x, scaled_gradient(scale, factor), least - zero_point, most - zero_point
        )

    def _follow(self, x: Any, site: int) -> None:
        """Updates a site's range by the moving average of its extremes; a plain mean over the first
        batches.
        """
        at = tf.one_hot(site, self.sites + 1)
        seen = self.seen + at[:-1]
        share = at / tf.minimum(seen[site], 1 / (1 - MOMENTUM))
        self.low.assign_add(share * (tf.minimum(tf.reduce_min(x), 0.0) - self.low))
        self.high.assign_add(share * (tf.maximum(tf.reduce_max(x), 0.0) - self.high))
        self.seen.assign(seen)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        names = ("bits", "tensors", "sites", "fixed", "learns", "track", "started")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
