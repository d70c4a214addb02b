"""The constants that one operator of the trainable model reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from edgeq.trainable.fake_quantize import SMALLEST, fake_quantized


@dataclass(frozen=True, eq=False)
class LayerConstants:
    """The constants of an operator; a key is the index of a tensor of the float model, as text.

    values: an array of a constant that is not float32, the Keras variable of a float one.
    magnitudes: variables with the initial largest magnitude of those constants that are trained
        relative to it: of weights one for each channel, broadcast to the weights' rank; of a bias
        a scalar.
    axis: the axis of the weights that numbers the channels.
    grids: scale, zero point and bits of float constants quantized with their own scale.
    """

    values: Mapping[str, Any]
    magnitudes: Mapping[str, Any]
    axis: int | None
    grids: Mapping[str, Any]

    def real(self, t: str) -> Any:
        """The present values of a float constant."""
        value = tf.convert_to_tensor(self.values[t])
        return value * tf.convert_to_tensor(self.magnitudes[t]) if t in self.magnitudes else value

    def fill(self, t: str, values: Any) -> None:
        """Assigns the values of a float constant, and the magnitudes that they start from."""
        values = np.asarray(values, np.float32)
        if t in self.magnitudes:
            kernel = self.magnitudes[t].shape != ()
            others = tuple(a for a in range(values.ndim) if kernel and a != self.axis) or None
            largest = np.abs(values).max(axis=others, keepdims=kernel, initial=0.0)
            magnitude = np.where(largest < SMALLEST, 1.0, largest).astype(np.float32)
            self.magnitudes[t].assign(magnitude)
            values = values / magnitude
        self.values[t].assign(values)

    def operand(self, t: str) -> Any:
        """A constant as the operator computes with it: fake-quantized if it has a scale of its own."""
        if isinstance(self.values[t], np.ndarray):
            return self.values[t]
        value = tf.convert_to_tensor(self.values[t])
        return fake_quantized(value, *self.grids[t]) if t in self.grids else value
