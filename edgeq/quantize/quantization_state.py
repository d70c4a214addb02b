"""The data that every quantization step takes and returns: float model, activation ranges, layer
weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from edgeq.graph import Codebook, Graph, Model, Op, Tensor
from edgeq.graph.regions import BODY, THEN
from edgeq.opkit.contract import WeightRole
from edgeq.ops import operator, supported
from edgeq.quantize.state_widths import StateWidth

Floats = npt.NDArray[np.float64]
Reals = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int8]
Scalar = TypeVar("Scalar", bound=np.generic)
Types: TypeAlias = Mapping[int, str]
"""Activation tensor -> its type in the integer model, where the scheme does not decide."""


@dataclass(frozen=True)
class Range:
    """The real values that an activation can represent, low <= 0 <= high; values outside saturate."""

    low: float
    high: float

    def widened(self, other: Range) -> Range:
        """The smallest range that contains both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


@dataclass(frozen=True, eq=False)
class Weights:
    """The quantization of one layer's weights: real = scale * values, zero point 0.

    scale: float32 values as float64, [channels], or [1] if per tensor.
    bits: of uniform weights; magnitudes are at most 2 ** (bits - 1) - 1.
    values: int8 in the shape of the float weights; None means rounded to nearest.
    codebook: the tables that the values are from, None for uniform weights.
    """

    scale: Floats
    bits: int = 8
    values: Integers | None = None
    codebook: Codebook | None = None

    @property
    def limit(self) -> int:
        """The largest integer magnitude."""
        return int(2 ** (self.bits - 1) - 1)


@dataclass(frozen=True)
class Layer:
    """An operator of the float graph with weights.

    index: position of the operator in the graph.
    kind: TFLite's name of the operator.
    x, weights, bias, y: tensor indices of input, weights, bias and output.
    """

    index: int
    kind: str
    axis: int  # of the weights that counts output channels
    x: int
    weights: int
    bias: int
    y: int


Regions = tuple[tuple[str, Graph], ...]
"""The regions of an operator, as `Op.regions`."""


@dataclass(frozen=True)
class IntegerLoop:
    """A loop or branches in integers. regions: of the integer operator. widths: of what it carries,
    and of what loops within it do.
    """

    regions: Regions
    widths: tuple[StateWidth, ...] = ()

    @property
    def body(self) -> Graph:
        """What a step of a loop computes, or one of the branches, which take and give the same."""
        regions = dict(self.regions)
        return regions[BODY] if BODY in regions else regions[THEN]

    def taken(self, op: Op) -> tuple[int, ...]:
        """The operator's inputs that `body` gets: a branch gets no condition."""
        return op.inputs[len(op.inputs) - len(self.body.inputs) :]


@dataclass(frozen=True, eq=False)
class QuantizationState:
    """A model between float and integer; each quantization step is a function from state to state.

    model: the float model as `fold_batch_norm` returns it, with float weights and biases changed by
        steps such as equalization.
    ranges: activation tensor -> range.
    weights: operator -> weights, for each layer.
    dtypes: activation tensor -> type, if it is not int8. float32 marks inputs, and what is computed
        from them, before quantization begins.
    dynamic: dynamic-range quantization: activations stay float32 and have no ranges.
    loops: the float regions of a loop or of branches -> these in integers.
    carried: an input and the output that takes its place at the next step, of the body of a loop or
        of a model with variables: both have one scale.
    chosen: constant tensor -> integers, of weights that are not those of a layer (`round_sums`).
    """

    model: Model
    ranges: Mapping[int, Range] = field(default_factory=dict)
    weights: Mapping[int, Weights] = field(default_factory=dict)
    dtypes: Types = field(default_factory=dict)
    dynamic: bool = False
    chosen: Mapping[int, Integers] = field(default_factory=dict)
    loops: Mapping[Regions, IntegerLoop] = field(default_factory=dict)
    carried: tuple[tuple[int, int], ...] = ()

    @property
    def graph(self) -> Graph:
        return self.model.main

    def dtype(self, tensor: int) -> str:
        """The type of an activation in the integer model."""
        return "float32" if self.dynamic else self.dtypes.get(tensor, "int8")

    def with_weights(self, changed: Mapping[int, Weights]) -> QuantizationState:
        return replace(self, weights={**self.weights, **changed})

    def with_ranges(self, changed: Mapping[int, Range]) -> QuantizationState:
        return replace(self, ranges={**self.ranges, **changed})

    def with_constants(self, changed: Mapping[int, npt.NDArray[np.generic]]) -> QuantizationState:
        """The state with other real values of some constant tensors of the float model."""
        tensors = list(self.graph.tensors)
        for t, values in changed.items():
            tensors[t] = replace(tensors[t], buffer=values.astype("<f4").tobytes())
        return replace(
            self, model=replace_main(self.model, replace(self.graph, tensors=tuple(tensors)))
        )

    def with_bias_raised(self, layer: Layer, shift: Floats) -> QuantizationState:
        """The state with `shift` [channels] added to a layer's real bias."""
        return self.with_constants(
            {layer.bias: self.graph.tensors[layer.bias].array.astype(np.float64) + shift}
        )


def replace_main(model: Model, graph: Graph) -> Model:
    """The model with its main graph replaced."""
    return replace(model, graphs=(graph, *model.graphs[1:]))


def weight_role(op: Op) -> WeightRole | None:
    """Which inputs of an operator are its weights and bias; None for an operator without weights."""
    return operator(op.kind).weights if op.kind in supported() else None


def layers(graph: Graph) -> Iterator[Layer]:
    """The operators with constant weights, in the graph's order. Each must have a bias, which
    `fold_batch_norm` provides.
    """
    for index, op in enumerate(graph.ops):
        role = weight_role(op)
        if role is not None and graph.tensors[op.inputs[role.weights]].constant:
            yield Layer(
                index,
                op.kind,
                role.axis,
                op.inputs[role.x],
                op.inputs[role.weights],
                op.inputs[role.bias],
                op.outputs[0],
            )


def takes_weights(kind: str, weights: str, activations: str) -> bool:
    """Whether the operator `kind` has weights and takes them in the dtype `weights` beside
    activations of the dtype `activations`.
    """
    known = operator(kind)
    role = known.weights
    return role is not None and any(
        row[role.weights] == weights and row[role.x] == activations for row in known.types
    )


def repeated_weights(graph: Graph) -> frozenset[int]:
    """The operators whose weights equal those of another layer, as in unrolled recurrent layers."""
    count = Counter(graph.tensors[layer.weights].buffer for layer in layers(graph))
    return frozenset(
        layer.index for layer in layers(graph) if count[graph.tensors[layer.weights].buffer] > 1
    )


def is_activation(tensor: Tensor) -> bool:
    """Whether a tensor is a float32 activation (input or computed), which gets a range. Variables
    get theirs from the operator that keeps them.
    """
    return tensor.dtype == "float32" and not tensor.constant and not tensor.variable


def by_channel(weights: npt.NDArray[np.generic], axis: int) -> Floats:
    """Weights as float64 [channels, weights per channel]. axis: of the output channels."""
    return np.moveaxis(np.asarray(weights, np.float64), axis, 0).reshape(weights.shape[axis], -1)


def from_channels(
    rows: npt.NDArray[Scalar], shape: tuple[int, ...], axis: int
) -> npt.NDArray[Scalar]:
    """Rows [channels, weights per channel] of any dtype in the shape of the weights: the inverse of
    `by_channel`.
    """
    moved = (shape[axis], *(size for a, size in enumerate(shape) if a != axis % len(shape)))
    return np.ascontiguousarray(np.moveaxis(rows.reshape(moved), 0, axis))
