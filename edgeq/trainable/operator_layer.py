"""The Keras layer that computes an operator of the float model, its weights quantized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edgeq.quantize.state import Weights, by_channel, from_channels
from edgeq.trainable.fake_quantize import SMALLEST, clipped, double, learned, passed, scaled_gradient, single, stepped
from edgeq.trainable.integer_sums import exact
from edgeq.trainable.known import Known, knowing, known
from edgeq.trainable.operators import PROBABILITIES, Meaning, activated, bounds, compute, linear

Record = Mapping[str, Any]


@keras.saving.register_keras_serializable("edgeq")
class Operator(keras.layers.Layer):  # type: ignore[misc]
    """One operator of the float .tflite, whose weights are fake-quantized symmetrically.

    op: kind, attributes, inputs and outputs by number (`records.op_record`). tensors: number -> name, shape and dtype
    of each. constants: number -> values, or None for real ones, which are weights of the layer. grids: number ->
    scale, zero point and bits of the real constants that the integer model quantizes by themselves. weights: which
    constants are trained, and how they are quantized, None for an operator without.

    Weights are trained as shares of their channel's largest magnitude at the start, and biases of the layer's, so
    that a learning rate means the same in every layer, whatever batch normalization was folded into it.

    loose, held: switches of training, off at first: weights are used as they are, not on their grid; they get no
    gradient.
    """

    def __init__(self, op: Record, tensors: Record, constants: Record, grids: Record,
                 weights: Record | None = None, **kwargs: Any) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.supports_jit = False
        self.op, self.tensors, self.given, self.grids = dict(op), dict(tensors), dict(constants), dict(grids)
        self.settings: Any = None if weights is None else dict(weights)
        self.loose, self.held = (tf.Variable(False, trainable=False) for _ in range(2))
        self.constants = {t: self._constant(t, values) for t, values in constants.items()}
        self.magnitudes: dict[str, Any] = {}
        self.first_step: Any = None
        self.log_step: Any = None
        if self.settings is not None:
            self._add_steps(self.settings)

    def _constant(self, t: str, values: Any) -> Any:
        tensor = self.tensors[t]
        if values is not None:
            return np.asarray(values, tensor["dtype"]).reshape(tensor["shape"])
        roles = {} if self.settings is None else {self.settings["weights"]: "kernel", self.settings["bias"]: "bias"}
        name = roles.get(int(t), f"constant_{t}")
        return self.add_weight(shape=tuple(tensor["shape"]), initializer="zeros", trainable=int(t) in roles, name=name)

    def _add_steps(self, settings: Record) -> None:
        rank = len(self.tensors[str(settings["weights"])]["shape"])
        channels = self.tensors[str(settings["bias"])]["shape"][0]
        steps = channels if settings["per_channel"] else 1
        shape = tuple(channels if axis == settings["axis"] else 1 for axis in range(rank))
        self.magnitudes[str(settings["weights"])] = self._fixed("kernel_magnitude", shape)
        self.magnitudes[str(settings["bias"])] = self._fixed("bias_magnitude", ())
        self.first_step = self._fixed("first_step", (steps,))
        if settings["learns"]:
            self.log_step = self.add_weight(shape=(steps,), initializer="zeros", name="log_step")

    def _fixed(self, name: str, shape: tuple[int, ...]) -> Any:
        return self.add_weight(shape=shape, initializer="ones", trainable=False, name=name)

    def build(self, input_shape: Any) -> None:
        """Every shape is known already."""

    @property
    def limit(self) -> int:
        """The largest integer weight."""
        return int(2 ** (self.settings["bits"] - 1) - 1)

    def real(self, t: str) -> Any:
        """A real constant's values, as they are trained."""
        value = tf.convert_to_tensor(self.constants[t])
        return value * tf.convert_to_tensor(self.magnitudes[t]) if t in self.magnitudes else value

    @property
    def real_weights(self) -> Any:
        """The trained weights, as the float .tflite shapes them."""
        return self.real(str(self.settings["weights"]))

    def fill(self, t: str, values: Any) -> None:
        """Gives a real constant its values."""
        values = np.asarray(values, np.float32)
        if t in self.magnitudes:
            kernel = self.magnitudes[t].shape != ()
            others = tuple(a for a in range(values.ndim) if kernel and a != self.settings["axis"]) or None
            largest = np.abs(values).max(axis=others, keepdims=kernel, initial=0.0)
            magnitude = np.where(largest < SMALLEST, 1.0, largest).astype(np.float32)
            self.magnitudes[t].assign(magnitude)
            values = values / magnitude
        self.constants[t].assign(values)

    def start(self, scale: Any) -> None:
        """Gives the weights, once filled, their scales [channels] or [1]."""
        if self.log_step is not None:
            self.log_step.assign(tf.zeros_like(self.log_step))
        self.first_step.assign(scale if self.log_step is not None else scale / self._largest())

    def start_from(self, weights: Weights) -> None:
        """Gives the weights their scales, and where they have been rounded these values."""
        if weights.values is not None:
            axis = self.settings["axis"]
            rows = by_channel(weights.values, axis) * np.reshape(weights.scale, (-1, 1))
            self.fill(str(self.settings["weights"]), from_channels(rows, weights.values.shape, axis))
        self.start(weights.scale)

    def scale(self) -> Any:
        """Scales of the weights, float32 [channels] or [1].

        A learned scale is a weight; else it is a share, fixed at the start, of the largest magnitude as it is now.
        """
        start = tf.convert_to_tensor(self.first_step)
        if self.log_step is None:
            return start * tf.stop_gradient(self._largest())
        factor = float(self.real_weights.shape.num_elements() / self.first_step.shape[0] * self.limit) ** -0.5
        return scaled_gradient(learned(start, self.log_step), factor)

    def _largest(self) -> Any:
        weights = self.real_weights
        axis = self.settings["axis"] % len(weights.shape)
        others = [a for a in range(len(weights.shape)) if a != axis or not self.settings["per_channel"]]
        largest = tf.reshape(tf.reduce_max(tf.abs(weights), others), [-1])
        return tf.where(largest < SMALLEST, 1.0, largest)

    def quantized_weights(self) -> Any:
        """The weights on their grid, with gradients to weights and scales, as the switches have it."""
        real = self.real_weights
        real = tf.where(self.held, tf.stop_gradient(real), real)
        return tf.where(self.loose, real, stepped(real, self._by_channel(self.scale()), -self.limit, self.limit))

    def integers(self) -> tuple[Any, Any]:
        """Scales float32 [channels] or [1], and the integers of the weights, as float32, in the weights' shape."""
        scale = self.scale()
        v = self.real_weights / self._by_channel(scale)
        return scale, tf.round(tf.clip_by_value(v, -self.limit, self.limit))

    def call(self, x: Any, training: bool = False) -> Any:
        """The operator's output, or a list of them. x: one activation or a list of them."""
        activations = list(x) if isinstance(x, (list, tuple)) else [x]
        if self.settings is not None:
            y, what = self._weighted(activations[0], training)
        else:
            inputs = self._inputs(activations)
            y, what = compute(self.meaning, inputs), self._known(activations, inputs)
        for part in y if isinstance(y, (list, tuple)) else [y]:
            knowing(part, what, activations[0] if self.op["kind"] in PROBABILITIES else None)
        return y

    def _weighted(self, x: Any, training: bool) -> tuple[Any, Known]:
        """A layer with weights; in inference from the integer kernel's sums, in float32 exact below 2 ** 24."""
        x_scale, scale = known(x).scale, self.scale()
        bias = self.real(str(self.settings["bias"]))
        weights = self.quantized_weights()
        if x_scale is None:
            return self._applied(self.meaning, x, weights, bias), Known()
        unit = tf.stop_gradient(double(x_scale) * double(scale))
        steps = passed(bias / single(unit), single(tf.round(double(bias) / unit)))
        if training:
            return self._applied(self.meaning, x, weights, steps * single(unit)), Known()
        x, weights = (passed(v, tf.round(v)) for v in (x / x_scale, weights / self._by_channel(scale)))
        sums = self._applied(linear(self.meaning), x, weights, steps)
        low, high = bounds(self.meaning)
        what = Known(None, tf.stop_gradient(double(sums)), unit, low=low, high=high)
        return activated(self.meaning, sums * single(unit)), what

    def _applied(self, meaning: Meaning, x: Any, weights: Any, bias: Any) -> Any:
        given = {self.settings["weights"]: weights, self.settings["bias"]: bias}
        return compute(meaning, [given[t] if t in given else self._input(t, iter([x])) for t in self.op["inputs"]])

    def _known(self, activations: Sequence[Any], inputs: Sequence[Any]) -> Known:
        """What is known of the output of an operator without weights."""
        pairs = zip(self.op["inputs"], inputs, strict=True)
        found = exact(self.meaning, [(x, self._scale(t, x)) for t, x in pairs])
        if found is not None:
            return found
        return Known(known(activations[0]).scale if self.op["keeps"] else None)

    def _scale(self, t: int, x: Any) -> Any:
        return self.grids[str(t)][0] if str(t) in self.grids else known(x).scale

    def _by_channel(self, scale: Any) -> Any:
        """Scales in the rank of the weights."""
        shape = [1] * len(self.real_weights.shape)
        shape[self.settings["axis"]] = -1
        return tf.reshape(scale, shape)

    def _inputs(self, activations: Sequence[Any]) -> list[Any]:
        waiting = iter(activations)
        return [self._input(t, waiting) for t in self.op["inputs"]]

    def _input(self, t: int, activations: Iterator[Any]) -> Any:
        key = str(t)
        if t < 0:
            return None
        if key not in self.constants:
            return next(activations)
        if self.given[key] is not None:
            return self.constants[key]
        value = tf.convert_to_tensor(self.constants[key])
        return clipped(value, *self.grids[key]) if key in self.grids else value

    @property
    def meaning(self) -> Meaning:
        """What the operator does, and to which shapes."""
        inputs, outputs = (tuple(self._shape(t) for t in self.op[side]) for side in ("inputs", "outputs"))
        return Meaning(self.op["kind"], self.op["attributes"], inputs, outputs)

    def _shape(self, t: int) -> tuple[int, ...]:
        return tuple(self.tensors[str(t)]["shape"]) if t >= 0 else ()

    def get_config(self) -> dict[str, Any]:
        """What `__init__` takes."""
        own = {"op": self.op, "tensors": self.tensors, "constants": self.given, "grids": self.grids}
        return {**super().get_config(), **own, "weights": self.settings}
