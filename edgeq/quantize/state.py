"""What every step of quantizing takes and gives: the float model, a range for each activation, the layers' weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from edgeq.graph import Codebook, Graph, Model, Op, Tensor
from edgeq.opkit.contract import WeightRole
from edgeq.ops import operator, supported

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int8]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Range:
    """The real values that a tensor can hold, low <= 0 <= high; what lies outside saturates."""

    low: float
    high: float

    def widened(self, other: Range) -> Range:
        """The smallest range around both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, eq=False)
class Weights:
    """How one layer's weights are quantized: real = scale * values, zero point 0.

    bits: 8 or 4, values of at most 2 ** (bits - 1) - 1 either way. scale: float32 values as float64 [channels], or [1]
    for one of the whole tensor. values: int8 in the shape of the float weights; None rounds to the nearest.
    codebook: the tables that the values come from, None for uniform weights.
    """

    scale: Floats
    bits: int = 8
    values: Integers | None = None
    codebook: Codebook | None = None

    @property
    def limit(self) -> int:
        """The largest value."""
        return int(2 ** (self.bits - 1) - 1)


@dataclass(frozen=True)
class Layer:
    """A weighted operator of the float graph; all tensors by index."""

    index: int
    kind: str
    axis: int  # of the output channels in the weights
    x: int
    weights: int
    bias: int
    y: int


@dataclass(frozen=True, eq=False)
class Quantizing:
    """A model on its way from float to integer. Steps are functions from one `Quantizing` to the next.

    model: float, as `prepare` gives it; steps that change real weights or biases change them here. ranges: tensor ->
    Range, for every activation. weights: operator -> Weights, for every layer. dtypes: activations that are not int8;
    of type float32 are inputs taken as they are, up to where the integers begin.
    dynamic: activations stay real, so they have neither; layers quantize what they get during each inference.
    """

    model: Model
    ranges: Mapping[int, Range] = field(default_factory=dict)
    weights: Mapping[int, Weights] = field(default_factory=dict)
    dtypes: Mapping[int, str] = field(default_factory=dict)
    dynamic: bool = False

    @property
    def graph(self) -> Graph:
        return self.model.main

    def dtype(self, tensor: int) -> str:
        """The type of an activation."""
        return "float32" if self.dynamic else self.dtypes.get(tensor, "int8")

    def with_weights(self, changed: Mapping[int, Weights]) -> Quantizing:
        return replace(self, weights={**self.weights, **changed})

    def with_ranges(self, changed: Mapping[int, Range]) -> Quantizing:
        return replace(self, ranges={**self.ranges, **changed})

    def with_constants(self, changed: Mapping[int, npt.NDArray[np.generic]]) -> Quantizing:
        """Other real values for constant tensors of the float model."""
        tensors = list(self.graph.tensors)
        for t, values in changed.items():
            tensors[t] = replace(tensors[t], buffer=values.astype("<f4").tobytes())
        return replace(self, model=replace_main(self.model, replace(self.graph, tensors=tuple(tensors))))

    def with_bias_raised(self, layer: Layer, shift: Floats) -> Quantizing:
        """A layer's real bias with some [channels] more."""
        return self.with_constants({layer.bias: self.graph.tensors[layer.bias].array.astype(np.float64) + shift})


def replace_main(model: Model, graph: Graph) -> Model:
    """The model with another main graph."""
    return replace(model, graphs=(graph, *model.graphs[1:]))


def weight_role(op: Op) -> WeightRole | None:
    """Where an operator keeps its weights, None for one without."""
    role: WeightRole | None = getattr(operator(op.kind), "WEIGHTS", None) if op.kind in supported() else None
    return role


def layers(graph: Graph) -> Iterator[Layer]:
    """The operators with constant weights, in the graph's order; `prepare` has given each of them a bias."""
    for index, op in enumerate(graph.ops):
        role = weight_role(op)
        if role is not None and graph.tensors[op.inputs[role.weights]].constant:
            yield Layer(index, op.kind, role.axis, op.inputs[0], op.inputs[role.weights],
                        op.inputs[role.bias], op.outputs[0])  # fmt: skip


def repeated_weights(graph: Graph) -> frozenset[int]:
    """The layers, by operator, whose weights another layer has as well, as in unrolled recurrence."""
    count = Counter(graph.tensors[layer.weights].buffer for layer in layers(graph))
    return frozenset(layer.index for layer in layers(graph) if count[graph.tensors[layer.weights].buffer] > 1)


def is_activation(tensor: Tensor) -> bool:
    """Whether quantizing gives the tensor a range: real, and computed or fed."""
    return tensor.dtype == "float32" and not tensor.constant


def by_channel(weights: npt.NDArray[np.generic], axis: int) -> Floats:
    """Weights as float64 [channels, weights of a channel]."""
    return np.moveaxis(np.asarray(weights, np.float64), axis, 0).reshape(weights.shape[axis], -1)


def from_channels(rows: npt.NDArray[Scalar], shape: tuple[int, ...], axis: int) -> npt.NDArray[Scalar]:
    """The inverse of `by_channel`, of any dtype."""
    moved = (shape[axis], *(size for a, size in enumerate(shape) if a != axis % len(shape)))
    return np.ascontiguousarray(np.moveaxis(rows.reshape(moved), 0, axis))
