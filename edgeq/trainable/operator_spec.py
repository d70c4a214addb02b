"""An operator of the float model by its kind, attributes and shapes, and its fused activation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any

import tensorflow as tf

from edgeq.errors import UnsupportedError

Shape = tuple[int, ...]


@dataclass(frozen=True)
class OperatorSpec:
    """An operator: kind, attributes, and static shapes with a batch of 1."""

    kind: str
    attributes: Mapping[str, Any]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]

    @property
    def out(self) -> Shape:
        return self.output_shapes[0]

    def refusal(self, why: str) -> UnsupportedError:
        """The error for a use of the operator that cannot be trained."""
        remedy = "replace the layer, or quantize the trained model without training"
        return UnsupportedError(f"quantization-aware training of {self.kind}", why, remedy)


def spec_from_records(op: Mapping[str, Any], tensors: Mapping[str, Any]) -> OperatorSpec:
    """The operator of the records that `serialization` makes of it and of its tensors."""
    inputs, outputs = (
        tuple(tuple(tensors[str(t)]["shape"]) if t >= 0 else () for t in op[side])
        for side in ("inputs", "outputs")
    )
    return OperatorSpec(op["kind"], op["attributes"], inputs, outputs)


PROBABILITIES = frozenset({"SOFTMAX", "LOGISTIC"})
"""Operators that turn logits into probabilities."""
AVERAGING = frozenset({"AVERAGE_POOL_2D"})
"""Operators whose output has the input's scale but values between its multiples."""
ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = {
    "NONE": lambda y: y,
    "RELU": tf.nn.relu,
    "RELU6": tf.nn.relu6,
    "RELU_N1_TO_1": lambda y: tf.clip_by_value(y, -1.0, 1.0),
    "TANH": tf.tanh,
}
BOUNDS = {
    "RELU": (0.0, inf),
    "RELU_0_TO_1": (0.0, 1.0),
    "RELU6": (0.0, 6.0),
    "RELU_N1_TO_1": (-1.0, 1.0),
}


def linear(spec: OperatorSpec) -> OperatorSpec:
    """The operator without its fused activation."""
    return replace(spec, attributes={**spec.attributes, "fused_activation_function": "NONE"})


def bounds(spec: OperatorSpec) -> tuple[float, float]:
    """The smallest and the largest value that the operator, or its fused activation, can output."""
    fused = str(spec.attributes.get("fused_activation_function", "NONE"))
    return BOUNDS.get(spec.kind, BOUNDS.get(fused, (-inf, inf)))


def activated(spec: OperatorSpec, y: Any) -> Any:
    """y with the operator's fused activation applied."""
    name = str(spec.attributes.get("fused_activation_function", "NONE"))
    if name not in ACTIVATIONS:
        raise spec.refusal(f"its fused activation is {name}")
    return ACTIVATIONS[name](y)
