"""Cross-layer equalization of weights: factors are moved between consecutive layers so that all
channels have similar weight ranges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import LIMITS, activation_range
from edgeq.graph import Graph, Model
from edgeq.ops import resolve
from edgeq.quantize.quadratic_error import layer_im2col
from edgeq.quantize.quantization_state import (
    Floats,
    Layer,
    QuantizationState,
    by_channel,
    from_channels,
    layers,
)

ROUNDS = 40
CONVERGED = 1e-3
LARGEST_FACTOR = 1e4


@dataclass(frozen=True, eq=False)
class LayerPair:
    """Two consecutive layers; the second is the only reader of the first's output.

    channel: int [groups, n], the output channel of the first layer that each weight of a channel of
        the second layer is multiplied by.
    """

    first: Layer
    second: Layer
    channel: npt.NDArray[np.int64]


def equalize_layers(model: Model) -> Model:
    """A model of the same float function whose weights have similar ranges in all channels (Nagel
    et al. 2019, equation 11).

    For each pair of layers, channel i of the first is divided by s and the weights of the second
    that it is multiplied by are multiplied by s, s = sqrt(r1 / r2) of the largest magnitudes on
    either side; repeated until no factor changes by more than `CONVERGED`. This is exact where the
    activation between them is positively homogeneous: f(x / s) = f(x) / s for s > 0. Channels of
    zeros are left unchanged. Activation ranges change, so calibrate afterwards.

    model: as `fold_batch_norm` returns it.
    """
    state = QuantizationState(model)
    pairs = tuple(layer_pairs(model.main))
    for _ in range(ROUNDS):
        furthest = 0.0
        for pair in pairs:
            factor = _factor(state.graph, pair)
            state = _moved(state, pair, factor)
            furthest = max(furthest, float(np.abs(np.log(factor)).max(initial=0.0)))
        if furthest < CONVERGED:
            break
    return state.model


def layer_pairs(graph: Graph) -> Iterator[LayerPair]:
    """The pairs of consecutive layers between which factors can be moved."""
    by_input = {layer.x: layer for layer in layers(graph)}
    for first in layers(graph):
        users = [op for op in graph.ops for t in op.inputs if t == first.y]
        second = by_input.get(first.y)
        if (
            second is not None
            and len(users) == 1
            and first.y not in graph.outputs
            and homogeneous(graph, first.index)
        ):
            channel = input_channels(graph, second)
            if channel.shape[1]:
                yield LayerPair(first, second, channel)


def homogeneous(graph: Graph, index: int) -> bool:
    """Whether an operator's fused activation is positively homogeneous: it clips at 0 or not at
    all.
    """
    attributes = resolve(graph, index).attributes
    try:
        bounds = activation_range(
            getattr(attributes, "fused_activation_function", "NONE"), "int8", 1.0, 0
        )
    except ValueError:
        return False
    return set(bounds) <= {0, *LIMITS["int8"]}


def input_channels(graph: Graph, layer: Layer) -> npt.NDArray[np.int64]:
    """The input channel that each weight of an output channel is multiplied by, [groups, n]; n is 0
    where that is not one channel at all positions. Found by im2col of an input that holds channel
    numbers.
    """
    node = resolve(graph, layer.index)
    shape = graph.tensors[layer.x].shape
    numbers = np.broadcast_to(np.arange(1, shape[-1] + 1, dtype=np.float32), (1, *shape))
    return np.asarray(layer_im2col(node, numbers).max(axis=1), np.int64) - 1


def _factor(graph: Graph, pair: LayerPair) -> Floats:
    """The factors [channels] that the first layer's output channels are divided by."""
    before = np.abs(_rows(graph, pair.first)).max(axis=1)
    after = np.zeros_like(before)
    second = _grouped(graph, pair)
    np.maximum.at(after, pair.channel, np.abs(second).max(axis=1))
    alive = (before > 0) & (after > 0)
    factor = np.sqrt(np.where(alive, before, 1.0) / np.where(alive, after, 1.0))
    return np.asarray(np.clip(factor, 1 / LARGEST_FACTOR, LARGEST_FACTOR))


def _moved(state: QuantizationState, pair: LayerPair, factor: Floats) -> QuantizationState:
    return multiply_inputs(divide_outputs(state, pair.first, factor), pair.second, factor)


def divide_outputs(state: QuantizationState, layer: Layer, factor: Floats) -> QuantizationState:
    """The state with a layer's output channels, weights and bias, divided by factors [channels]."""
    graph = state.graph
    rows, shape = _rows(graph, layer) / factor[:, None], graph.tensors[layer.weights].shape
    bias = graph.tensors[layer.bias].array.astype(np.float64) / factor
    return state.with_constants(
        {layer.weights: from_channels(rows, shape, layer.axis), layer.bias: bias}
    )


def multiply_inputs(state: QuantizationState, layer: Layer, factor: Floats) -> QuantizationState:
    """The state with a layer's weights multiplied by the factor [channels] of the input channel
    that each is applied to.
    """
    graph, channel = state.graph, input_channels(state.graph, layer)
    groups, n = channel.shape
    rows = _rows(graph, layer).reshape(groups, -1, n) * factor[channel][:, None, :]
    shape = graph.tensors[layer.weights].shape
    return state.with_constants(
        {layer.weights: from_channels(rows.reshape(-1, n), shape, layer.axis)}
    )


def _rows(graph: Graph, layer: Layer) -> Floats:
    return by_channel(graph.tensors[layer.weights].array, layer.axis)


def _grouped(graph: Graph, pair: LayerPair) -> Floats:
    """The second layer's weights, [groups, channels per group, n]."""
    groups, n = pair.channel.shape
    return _rows(graph, pair.second).reshape(groups, -1, n)
