"""Cross-layer equalization: factors moved between neighbouring layers, so that all channels have like weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import LIMITS, activation_range
from edgeq.graph import Graph, Model
from edgeq.ops import resolve
from edgeq.quantize.moments import layer_columns
from edgeq.quantize.state import Floats, Layer, Quantizing, by_channel, from_channels, layers

ROUNDS = 40
CONVERGED = 1e-3
LARGEST_FACTOR = 1e4


@dataclass(frozen=True, eq=False)
class Pair:
    """Two layers, the second of which alone reads what the first computes.

    channel: int [groups, n], which output channel of the first each weight of the second's channels meets.
    """

    first: Layer
    second: Layer
    channel: npt.NDArray[np.int64]


def equalize(model: Model) -> Model:
    """The same float function with weights whose channels are alike in range (Nagel et al. 2019, equation 11).

    model: as `prepare` gives it. For each pair of layers, channel i of the first is divided by s and what meets it in
    the second multiplied, s = sqrt(r1 / r2) of the largest magnitudes on either side, repeated until nothing moves.
    That is exact where the activation between is positively homogeneous: f(x / s) = f(x) / s for s > 0. Activations
    change their ranges, so calibrate afterwards. Channels of zeros stay.
    """
    state = Quantizing(model)
    pairs = tuple(joined(model.main))
    for _ in range(ROUNDS):
        furthest = 0.0
        for pair in pairs:
            factor = _factor(state.graph, pair)
            state = _moved(state, pair, factor)
            furthest = max(furthest, float(np.abs(np.log(factor)).max(initial=0.0)))
        if furthest < CONVERGED:
            break
    return state.model


def joined(graph: Graph) -> Iterator[Pair]:
    """The pairs of layers between which factors can move."""
    by_input = {layer.x: layer for layer in layers(graph)}
    for first in layers(graph):
        users = [op for op in graph.ops for t in op.inputs if t == first.y]
        second = by_input.get(first.y)
        if second is not None and len(users) == 1 and first.y not in graph.outputs and homogeneous(graph, first.index):
            channel = channels_met(graph, second)
            if channel.shape[1]:
                yield Pair(first, second, channel)


def homogeneous(graph: Graph, index: int) -> bool:
    """Whether an operator's fused activation cuts off at 0 or not at all."""
    attributes = resolve(graph, index).attributes
    try:
        bounds = activation_range(getattr(attributes, "fused_activation_function", "NONE"), "int8", 1.0, 0)
    except ValueError:
        return False
    return set(bounds) <= {0, *LIMITS["int8"]}


def channels_met(graph: Graph, layer: Layer) -> npt.NDArray[np.int64]:
    """Which input channel each weight is multiplied by, [groups, n]: seen by feeding the channels' numbers."""
    node = resolve(graph, layer.index)
    shape = graph.tensors[layer.x].shape
    numbers = np.broadcast_to(np.arange(1, shape[-1] + 1, dtype=np.float32), (1, *shape))
    return np.asarray(layer_columns(node, numbers).max(axis=1), np.int64) - 1


def _factor(graph: Graph, pair: Pair) -> Floats:
    """What the first layer's channels are divided by, [channels]."""
    before = np.abs(_rows(graph, pair.first)).max(axis=1)
    after = np.zeros_like(before)
    second = _grouped(graph, pair)
    np.maximum.at(after, pair.channel, np.abs(second).max(axis=1))
    alive = (before > 0) & (after > 0)
    factor = np.sqrt(np.where(alive, before, 1.0) / np.where(alive, after, 1.0))
    return np.asarray(np.clip(factor, 1 / LARGEST_FACTOR, LARGEST_FACTOR))


def _moved(state: Quantizing, pair: Pair, factor: Floats) -> Quantizing:
    return multiply_inputs(divide_outputs(state, pair.first, factor), pair.second, factor)


def divide_outputs(state: Quantizing, layer: Layer, factor: Floats) -> Quantizing:
    """The layer with its output channels divided by factors [channels]."""
    graph = state.graph
    rows, shape = _rows(graph, layer) / factor[:, None], graph.tensors[layer.weights].shape
    bias = graph.tensors[layer.bias].array.astype(np.float64) / factor
    return state.with_constants({layer.weights: from_channels(rows, shape, layer.axis), layer.bias: bias})


def multiply_inputs(state: Quantizing, layer: Layer, factor: Floats) -> Quantizing:
    """The layer with what meets each of its input channels multiplied by factors [channels]."""
    graph, channel = state.graph, channels_met(state.graph, layer)
    groups, n = channel.shape
    rows = _rows(graph, layer).reshape(groups, -1, n) * factor[channel][:, None, :]
    shape = graph.tensors[layer.weights].shape
    return state.with_constants({layer.weights: from_channels(rows.reshape(-1, n), shape, layer.axis)})


def _rows(graph: Graph, layer: Layer) -> Floats:
    return by_channel(graph.tensors[layer.weights].array, layer.axis)


def _grouped(graph: Graph, pair: Pair) -> Floats:
    """The second layer's weights [groups, channels of a group, n]."""
    groups, n = pair.channel.shape
    return _rows(graph, pair.second).reshape(groups, -1, n)
