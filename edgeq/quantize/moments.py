"""Rounding a layer as least squares: second moments of what its weights meet, and what the products must give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.fixedpoint import REAL_RANGES, activation_range
from edgeq.opkit.contract import Node, Values
from edgeq.ops import operator, resolve
from edgeq.quantize import wide
from edgeq.quantize.assemble import activation_quantization
from edgeq.quantize.follow import Inputs
from edgeq.quantize.state import Floats, Layer, Quantizing, Reals, by_channel

POSITIONS = 32768
"""Windows of the input that stand for all; at least 8 for each weight of a channel."""
CUT_OFF = 0.02  # how much an output counts that the activation or the range of the output cuts off
METRICS = 1 << 22  # elements of metrics at a time
COLUMN_BYTES = 256 << 20  # the most that a layer's windows take
PRODUCTS = 1 << 40  # the most that metrics of a layer's channels may take
COLUMNS = 1 << 23  # elements of windows at a time


@dataclass(frozen=True, eq=False)
class Columns:
    """What a layer multiplies, at sampled positions, and its real weights.

    quantized: float32 [groups, positions, n] in the integer network. rows: [groups, channels of a group, n]. outputs:
    float64 [groups, positions, channels], of the float network before its bias. share: of each output in the error,
    likewise; None where all are equal. samples: that the positions are of.
    """

    quantized: Reals
    rows: Floats
    outputs: Floats
    share: Floats | None
    samples: int

    @property
    def positions(self) -> int:
        return self.quantized.shape[1]


@dataclass(frozen=True, eq=False)
class Moments:
    """The quadratic form of some channels' output errors, by groups that have one input: error(q) of integers q is

        mean over positions of (q x - z - mean error)^2  =  q metric q^T - 2 q pull^T + constant

    metric: [groups, n, n]; pull: [groups, rows, n], covariance of x with the real outputs z; x: means [groups, n];
    z: means [groups, rows]. The bias takes the mean error out.
    """

    metric: Floats
    pull: Floats
    x: Floats
    z: Floats

    def mean_error(self, weights: Floats) -> Floats:
        """What the real outputs have more than those of real-valued weights [groups, rows, n], [groups, rows]."""
        return np.asarray(self.z - np.einsum("grn,gn->gr", weights, self.x))

    def error(self, weights: Floats) -> Floats:
        """The quadratic form of real-valued weights [groups, rows, n] without its constant, [groups, rows]."""
        return np.asarray(np.einsum("grn,grn->gr", weights @ self.metric - 2 * self.pull, weights))

    def some(self, rows: slice) -> Moments:
        """The form of some of the rows."""
        return replace(self, pull=self.pull[:, rows], z=self.z[:, rows])


def columns(state: Quantizing, layer: Layer, inputs: Inputs) -> Columns:
    """The layer's windows, evenly sampled, so that the same samples give the same ones."""
    node = resolve(state.graph, layer.index)
    weights = state.graph.tensors[layer.weights].array
    rows = by_channel(weights, layer.axis)
    n = rows.shape[1]
    wanted = wide.POSITIONS if wide.too_wide(n) else min(POSITIONS, COLUMN_BYTES // (4 * n))
    exact, quantized = (sampled_columns(node, x, wanted, n) for x in (inputs.exact, inputs.quantized))
    rows = rows.reshape(len(exact), -1, n)
    outputs = _products(exact, rows)
    bias = state.graph.tensors[layer.bias].array.astype(np.float64).reshape(len(rows), 1, -1)
    share = _share(state, layer, node, outputs + bias, n)
    return Columns(quantized, rows, outputs, share, len(inputs.exact))


def _products(x: Reals, rows: Floats) -> Floats:
    """x [groups, positions, n] times rows [groups, channels, n], [groups, positions, channels], some at a time."""
    size = max(1, METRICS // (x.shape[0] * x.shape[2]))
    turned = rows.transpose(0, 2, 1)
    parts = [x[:, k : k + size].astype(np.float64) @ turned for k in range(0, x.shape[1], size)]
    return np.concatenate(parts, axis=1)


def moments(taken: Columns) -> Iterator[tuple[slice, Moments]]:
    """The form of the layer's channels, some at a time: their place among all, and the moments.

    Channels whose outputs count equally are of one metric; where an activation cuts outputs off, each has its own.
    """
    groups, channels, n = taken.rows.shape
    size = max(1, METRICS // n**2)
    if taken.share is None:
        for g in range(0, groups, size):
            yield slice(g * channels, min(g + size, groups) * channels), _equal(taken, slice(g, g + size))
        return
    for g in range(groups):
        for c in range(0, channels, size):
            stop = min(c + size, channels)
            yield slice(g * channels + c, g * channels + stop), _shared_out(taken, g, slice(c, stop))


def layer_columns(node: Node, x: Values) -> Reals:
    """What a weighted operator's weights are multiplied by, [groups, positions, n], of real x [samples, *shape]."""
    module: Any = operator(node.kind)
    return np.asarray(module.columns(node, x), np.float32)


def sampled_columns(node: Node, x: Values, wanted: int, taps: int) -> Reals:
    """The layer's columns at so many of its positions, a block of samples at a time."""
    positions = node.output.size // node.output.shape[-1]
    chosen = spread_positions(len(x) * positions, wanted)
    size = max(1, COLUMNS // max(1, positions * node.input(0).shape[-1] * taps))
    parts = []
    for start in range(0, len(x), size):
        found = layer_columns(node, x[start : start + size])
        low, high = np.searchsorted(chosen, [start * positions, (start + size) * positions])
        parts.append(found[:, chosen[low:high] - start * positions])
    return np.concatenate(parts, axis=1)


def spread_positions(total: int, wanted: int) -> npt.NDArray[np.int64]:
    """About `wanted` positions, one of each of so many equal stretches, in order; all where there are no more.

    Where in its stretch follows the golden ratio, so that no row or column of an image is met more often than others.

    >>> spread_positions(12, 4).tolist()
    [0, 4, 6, 11]
    """
    if total <= wanted:
        return np.arange(total)
    k = np.arange(wanted)
    return np.unique(((k + k * 0.6180339887498949 % 1) * (total / wanted)).astype(np.int64))


def _share(state: Quantizing, layer: Layer, node: Node, outputs: Floats, n: int) -> Floats | None:
    """1 for outputs that reach the next layer, `CUT_OFF` for those outside of the integers' and activation's range.

    None where all do, and where a metric of n x n for each channel has too few positions or takes too many products.
    """
    low, high = _reach(state, layer, node.attributes.fused_activation_function)
    inside = (outputs > low) & (outputs < high)
    costly = outputs.shape[1] < 2 * n or outputs.size * n**2 > PRODUCTS
    return None if costly or inside.mean() > 0.99 else np.where(inside, 1.0, CUT_OFF)


def _reach(state: Quantizing, layer: Layer, activation: str) -> tuple[float, float]:
    """The least and the largest real value that a layer can give."""
    if state.dynamic:
        return REAL_RANGES[activation]
    y = activation_quantization(state, layer.y)
    scale, zero_point = y.scale[0], y.zero_point[0]
    low, high = activation_range(activation, state.dtype(layer.y), scale, zero_point)
    return scale * (low - zero_point), scale * (high - zero_point)


def _equal(taken: Columns, part: slice) -> Moments:
    """One metric for all channels of a group; sums over some positions at a time, about the mean of all."""
    quantized, outputs = taken.quantized[part], taken.outputs[part]
    groups, count, n = quantized.shape
    x_mean, z_mean = quantized.mean(axis=1, dtype=np.float64), outputs.mean(axis=1)
    metric, pull = np.zeros((groups, n, n)), np.zeros((groups, outputs.shape[2], n))
    size = max(1, METRICS // (groups * n))
    for start in range(0, count, size):
        x = quantized[:, start : start + size] - x_mean[:, None]
        z = outputs[:, start : start + size] - z_mean[:, None]
        metric += x.transpose(0, 2, 1) @ x
        pull += z.transpose(0, 2, 1) @ x
    return Moments(metric / count, pull / count, x_mean, z_mean)


def _shared_out(taken: Columns, group: int, part: slice) -> Moments:
    """One metric [n, n] for each channel, in which the outputs count by their share."""
    assert taken.share is not None
    x = taken.quantized[group]
    centre = x.mean(axis=0)
    x = x - centre
    z, share = taken.outputs[group][:, part], taken.share[group][:, part]
    share = share / share.sum(axis=0)
    z_mean = (share * z).sum(axis=0)
    x_mean = share.T @ x
    pull = (share * (z - z_mean)).T @ x
    metric = np.stack([_weighted(x, s) for s in share.T]) - x_mean[:, :, None] * x_mean[:, None, :]
    return Moments(metric, pull[:, None], x_mean + centre, z_mean[:, None])


def _weighted(x: Reals, share: Floats) -> Floats:
    scaled = x * np.sqrt(share).astype(np.float32)[:, None]
    return (scaled.T @ scaled).astype(np.float64)
