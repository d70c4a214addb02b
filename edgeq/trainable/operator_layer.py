"""The Keras layer that computes one operator of the float model with fake-quantized weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edgeq.quantize.quantization_state import Weights, by_channel, from_channels
from edgeq.trainable.accumulators import accumulators
from edgeq.trainable.fake_quantize import double, single, straight_through
from edgeq.trainable.grid_info import GridInfo, grid_info, with_grid_info
from edgeq.trainable.layer_constants import LayerConstants
from edgeq.trainable.operator_spec import (
    PROBABILITIES,
    OperatorSpec,
    activated,
    bounds,
    linear,
    spec_from_records,
)
from edgeq.trainable.operators import compute
from edgeq.trainable.weight_scales import WeightScales

Record = Mapping[str, Any]


@keras.saving.register_keras_serializable("edgeq")
class Operator(keras.layers.Layer):  # type: ignore[misc]
    """One operator of the float .tflite.

    op: kind, attributes, inputs and outputs (`serialization.op_record`).
    tensors: index -> name, shape and dtype.
    constants: index -> values; None for float ones, which are weights of the layer.
    grids: index -> scale, zero point and bits, of float constants quantized with their own scale.
    weights: indices, axis, bits and scale type of the trained constants; None for an operator
        without weights.

    Weights are trained relative to the initial largest magnitude of their channel, and biases
    relative to that of the layer, so that a learning rate has the same spec in every layer,
    whatever batch norm was folded into it.

    unquantized, frozen: training switches, initially false: weights are used without quantization;
        weights get no gradient.
    """

    def __init__(
        self,
        op: Record,
        tensors: Record,
        constants: Record,
        grids: Record,
        weights: Record | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_jit = False
        self.op, self.tensors = dict(op), dict(tensors)
        self.fixed_constants, self.grids = dict(constants), dict(grids)
        self.settings: Any = None if weights is None else dict(weights)
        self.unquantized, self.frozen = (tf.Variable(False, trainable=False) for _ in range(2))
        values = {t: self._constant(t, values) for t, values in constants.items()}
        magnitudes = {} if weights is None else self._magnitudes(weights)
        axis = None if weights is None else weights["axis"]
        self.constants = LayerConstants(values, magnitudes, axis, self.grids)
        self.weight_scales: Any = None if weights is None else self._scales(weights)

    def _constant(self, t: str, values: Any) -> Any:
        tensor = self.tensors[t]
        if values is not None:
            return np.asarray(values, tensor["dtype"]).reshape(tensor["shape"])
        s = self.settings
        roles = {} if s is None else {s["weights"]: "kernel", s["bias"]: "bias"}
        name = roles.get(int(t), f"constant_{t}")
        return self.add_weight(
            shape=tuple(tensor["shape"]), initializer="zeros", trainable=int(t) in roles, name=name
        )

    def _magnitudes(self, settings: Record) -> dict[str, Any]:
        rank = len(self.tensors[str(settings["weights"])]["shape"])
        axis, channels = settings["axis"], self._channels(settings)
        shape = tuple(channels if a == axis else 1 for a in range(rank))
        return {
            str(settings["weights"]): self._fixed("kernel_magnitude", shape),
            str(settings["bias"]): self._fixed("bias_magnitude", ()),
        }

    def _scales(self, settings: Record) -> WeightScales:
        shape = (self._channels(settings) if settings["per_channel"] else 1,)
        first, log = self._fixed("first_step", shape), None
        if settings["learns"]:
            log = self.add_weight(shape=shape, initializer="zeros", name="log_step")
        return WeightScales(settings["axis"], settings["bits"], first, log)

    def _channels(self, settings: Record) -> int:
        return int(self.tensors[str(settings["bias"])]["shape"][0])

    def _fixed(self, name: str, shape: tuple[int, ...]) -> Any:
        return self.add_weight(shape=shape, initializer="ones", trainable=False, name=name)

    def build(self, input_shape: Any) -> None:
        """Does nothing: all shapes are known at construction."""

    @property
    def real_weights(self) -> Any:
        """The present float weights, in the shape of the .tflite."""
        return self.constants.real(str(self.settings["weights"]))

    def start_from(self, weights: Weights) -> None:
        """Assigns the weight scales, and the weights if they have been rounded already."""
        if weights.values is not None:
            axis = self.settings["axis"]
            rows = by_channel(weights.values, axis) * np.reshape(weights.scale, (-1, 1))
            self.constants.fill(
                str(self.settings["weights"]), from_channels(rows, weights.values.shape, axis)
            )
        self.weight_scales.start(weights.scale, self.real_weights)

    def quantized_weights(self) -> Any:
        """The weights as used in computations, fake-quantized unless `unquantized`, without
        gradient if `frozen`.
        """
        real = self.real_weights
        real = tf.where(self.frozen, tf.stop_gradient(real), real)
        return tf.where(self.unquantized, real, self.weight_scales.fake_quantized(real))

    def call(self, x: Any, training: bool = False) -> Any:
        """The operator's output, or a list of them. x: one activation or a list of them."""
        activations = list(x) if isinstance(x, (list, tuple)) else [x]
        if self.settings is not None:
            y, what = self._weighted(activations[0], training)
        else:
            waiting = iter(activations)
            inputs = [self._input(t, waiting) for t in self.op["inputs"]]
            y, what = compute(self.spec, inputs), self._known(activations, inputs)
        for part in y if isinstance(y, (list, tuple)) else [y]:
            with_grid_info(part, what, activations[0] if self.op["kind"] in PROBABILITIES else None)
        return y

    def _weighted(self, x: Any, training: bool) -> tuple[Any, GridInfo]:
        """The output of an operator with weights. In inference it is computed from the integer
        kernel's accumulators, which float32 holds exactly below 2 ** 24.
        """
        x_scale, scale = grid_info(x).scale, self.weight_scales.scale(self.real_weights)
        bias = self.constants.real(str(self.settings["bias"]))
        weights = self.quantized_weights()
        if x_scale is None:
            return self._applied(self.spec, x, weights, bias), GridInfo()
        unit = tf.stop_gradient(double(x_scale) * double(scale))
        steps = straight_through(bias / single(unit), single(tf.round(double(bias) / unit)))
        if training:
            return self._applied(self.spec, x, weights, steps * single(unit)), GridInfo()
        x, weights = (
            straight_through(v, tf.round(v))
            for v in (x / x_scale, weights / self.weight_scales.by_channel(scale, weights))
        )
        sums = self._applied(linear(self.spec), x, weights, steps)
        low, high = bounds(self.spec)
        what = GridInfo(None, tf.stop_gradient(double(sums)), unit, low=low, high=high)
        return activated(self.spec, sums * single(unit)), what

    def _applied(self, spec: OperatorSpec, x: Any, weights: Any, bias: Any) -> Any:
        given = {self.settings["weights"]: weights, self.settings["bias"]: bias}
        return compute(
            spec,
            [given[t] if t in given else self._input(t, iter([x])) for t in self.op["inputs"]],
        )

    def _known(self, activations: Sequence[Any], inputs: Sequence[Any]) -> GridInfo:
        """The grid information of the output of an operator without weights."""
        pairs = zip(self.op["inputs"], inputs, strict=True)
        found = accumulators(self.spec, [(x, self._scale(t, x)) for t, x in pairs])
        if found is not None:
            return found
        return GridInfo(grid_info(activations[0]).scale if self.op["keeps"] else None)

    def _scale(self, t: int, x: Any) -> Any:
        return self.grids[str(t)][0] if str(t) in self.grids else grid_info(x).scale

    def _input(self, t: int, activations: Iterator[Any]) -> Any:
        if t < 0:
            return None
        return (
            self.constants.operand(str(t)) if str(t) in self.constants.values else next(activations)
        )

    @property
    def spec(self) -> OperatorSpec:
        """The operator's kind, attributes and shapes."""
        return spec_from_records(self.op, self.tensors)

    def get_config(self) -> dict[str, Any]:
        """The arguments of `__init__`."""
        own = {"op": self.op, "tensors": self.tensors, "constants": self.fixed_constants}
        own |= {"grids": self.grids, "weights": self.settings}
        return {**super().get_config(), **own}
