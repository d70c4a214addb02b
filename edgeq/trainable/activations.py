"""The Keras layer that quantizes activations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edgeq.trainable.fake_quantize import LIMITS, affine, as_integers, clipped, learned, scaled_gradient, stepped
from edgeq.trainable.known import LOGITS, Known, knowing, known

MOMENTUM = 0.99  # of the moving average of ranges


@keras.saving.register_keras_serializable("edgeq")
class FakeQuantize(keras.layers.Layer):  # type: ignore[misc]
    """Values on the grid of an affine quantization, one for all the places where the layer is called.

    bits: 8 or 16. tensors: the numbers of the graph's tensors that share it. sites: how many of the places have
    values of their own; each keeps its range, the quantization covers them all. fixed: scale and zero point that an
    operator prescribes, else None. learns: the scale is a weight (LSQ), as its logarithm, so that steps of an
    optimizer are relative (TQT, Jain et al. 2020); the zero point stays. track: in training, ranges follow the
    batches' extremes by moving average (Jacob et al. 2018, section 3.1). started: whether `start` gave a range; until
    then the first batch trained on does, and values pass as they are.
    """

    def __init__(self, bits: int = 8, tensors: Sequence[int] = (), sites: int = 1,
                 fixed: Sequence[float] | None = None, learns: bool = False, track: bool = True, started: bool = False,
                 **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.supports_jit = False  # XLA makes training on a CPU twice as slow, after half a minute of compiling
        self.bits, self.tensors, self.sites, self.fixed = bits, list(tensors), sites, fixed
        self.learns, self.track, self.started = learns, track, started
        self.low: Any = None
        self.high: Any = None
        self.seen: Any = None
        self.log_step: Any = None
        if fixed is None:
            self.low = self._state("low", sites + 1)  # the last for what never changes: 0, and constants
            self.high = self._state("high", sites + 1)
            self.seen = self._state("seen", sites)
        if learns and fixed is None:
            self.log_step = self.add_weight(shape=(), initializer="zeros", name="log_step")

    def _state(self, name: str, size: int) -> Any:
        return self.add_weight(shape=(size,), initializer="zeros", trainable=False, name=name)

    def build(self, input_shape: Any) -> None:
        """Nothing depends on the shape."""

    def start(self, low: float, high: float) -> None:
        """Gives the layer a range, of all its sites."""
        self._set(slice(self.sites), low, high)
        self.seen.assign(np.full(self.sites, 1 / (1 - MOMENTUM), np.float32))
        self.started = True

    def hold(self, low: float, high: float) -> None:
        """Has the range hold these values, whatever the sites do."""
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
        low, high = tf.reduce_min(tf.convert_to_tensor(self.low)), tf.reduce_max(tf.convert_to_tensor(self.high))
        scale, zero_point = affine(low, high, self.bits)
        return scale if self.log_step is None else learned(scale, self.log_step), zero_point

    def call(self, x: Any, site: int = -1, training: bool = False) -> Any:
        """x quantized. site: which of the tracked places this is, -1 for one whose values the others hold."""
        if training and self.track and self.log_step is None and self.fixed is None and site >= 0:
            self._follow(x, site)
        scale, zero_point = self.quantization()
        y = self._quantized(x, scale, zero_point, training)
        if self.fixed is None and not self.started:
            y = tf.where(tf.reduce_min(tf.convert_to_tensor(self.seen)) > 0, y, x)
        return knowing(y, Known(scale=scale), getattr(x, LOGITS, None))

    def _quantized(self, x: Any, scale: Any, zero_point: Any, training: bool) -> Any:
        if not training:
            return as_integers(x, scale, zero_point, self.bits, known(x))
        if self.log_step is None:
            return clipped(x, scale, zero_point, self.bits)
        least, most = LIMITS[self.bits]
        factor = float(np.prod(x.shape[1:]) * most) ** -0.5
        return stepped(x, scaled_gradient(scale, factor), least - zero_point, most - zero_point)

    def _follow(self, x: Any, site: int) -> None:
        """The moving average of this site's extremes; a plain mean of the first batches."""
        at = tf.one_hot(site, self.sites + 1)
        seen = self.seen + at[:-1]
        share = at / tf.minimum(seen[site], 1 / (1 - MOMENTUM))
        self.low.assign_add(share * (tf.minimum(tf.reduce_min(x), 0.0) - self.low))
        self.high.assign_add(share * (tf.maximum(tf.reduce_max(x), 0.0) - self.high))
        self.seen.assign(seen)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Values keep their shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """What `__init__` takes."""
        names = ("bits", "tensors", "sites", "fixed", "learns", "track", "started")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
