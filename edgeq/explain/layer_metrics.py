"""Error statistics per layer: SQNR, and where the error comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples, dequantize, quantize, quantized_inputs
from edgeq.fixedpoint import LIMITS
from edgeq.graph import Tensor
from edgeq.quantize.model_pair import ModelPair, stored_weights
from edgeq.quantize.observe import activations
from edgeq.quantize.quantization_state import Reals, by_channel
from edgeq.simulate.execute import execute

OUTLIER = 8.0  # times the median of the channels' largest magnitudes


@dataclass(frozen=True)
class LayerMetrics:
    """Statistics of one computed tensor.

    sqnr_db: 10 log10 of the float values' power over the power of the error in the integer model.
    own_db: the SQNR if only this tensor is quantized.
    clipping, rounding: shares of that own error from values outside and inside the range.
    saturated: share of integers at a limit of their type that is not a bound of a fused activation.
    dead_channels: channels whose values are all equal.
    outlier_channels: channels whose largest magnitude is more than `OUTLIER` times the median
        channel's, so that the others use few of the integers.
    channels: number of channels.
    weights_db: SQNR of the layer's weights; None if it has none.
    """

    sqnr_db: float
    own_db: float
    clipping: float
    rounding: float
    saturated: float
    dead_channels: int
    outlier_channels: int
    channels: int
    weights_db: float | None = None


class _Sums:
    """Sums over blocks of samples."""

    def __init__(self, tensor: Tensor) -> None:
        channels = tensor.shape[-1] if tensor.shape else 1
        self.signal = self.error = self.clipped = self.rounded = 0.0
        self.ends = self.count = 0
        self.least, self.most = np.full(channels, np.inf), np.full(channels, -np.inf)

    def add(
        self, exact: Reals, computed: Reals, alone: Reals, ends: int, inside: npt.NDArray[np.bool_]
    ) -> None:
        own = np.square(alone.astype(np.float64) - exact)
        self.signal += float(np.square(exact.astype(np.float64)).sum())
        self.error += float(np.square(computed.astype(np.float64) - exact).sum())
        self.clipped += float(own[~inside].sum())
        self.rounded += float(own[inside].sum())
        self.ends, self.count = self.ends + ends, self.count + exact.size
        rows = exact.reshape(-1, len(self.least))
        self.least, self.most = (
            np.minimum(self.least, rows.min(axis=0)),
            np.maximum(self.most, rows.max(axis=0)),
        )


@dataclass(frozen=True, eq=False)
class Measured:
    """The measurement of a model pair.

    figures: float tensor -> metrics, for tensors that both models compute.
    outputs: the integer model's first output, dequantized.
    """

    figures: Mapping[int, LayerMetrics]
    outputs: Reals


def measure(pair: ModelPair, samples: Samples) -> Measured:
    """Runs both models on the samples, block by block. Tensors that are float in both have no error
    of their own.
    """
    graph = pair.integer_model.main
    wanted = [
        t
        for t, i in pair.tensors.items()
        if graph.tensors[i].quantization or graph.tensors[i].dtype == "float32"
    ]
    sums = {t: _Sums(pair.float_model.main.tensors[t]) for t in wanted}
    kept = [*(pair.tensors[t] for t in wanted), graph.outputs[0]]
    outputs: list[Reals] = []
    start = 0
    for exact in activations(pair.float_model, samples, wanted):
        count = len(next(iter(exact.values())))
        block = samples.part(slice(start, start + count))
        start += count
        integer = execute(graph, quantized_inputs(graph, block.inputs), keep=kept)
        for t in wanted:
            _add(sums[t], exact[t], integer[pair.tensors[t]], graph.tensors[pair.tensors[t]])
        outputs.append(dequantize(integer[graph.outputs[0]], graph.tensors[graph.outputs[0]]))
    weights = _weights(pair)
    return Measured(
        {t: _figures(s, weights.get(t)) for t, s in sums.items()}, np.concatenate(outputs)
    )


def _add(sums: _Sums, exact: Reals, integer: npt.NDArray[np.generic], tensor: Tensor) -> None:
    if tensor.quantization is None:
        sums.add(exact, np.asarray(integer, np.float32), exact, 0, np.ones(exact.shape, bool))
        return
    low, high = LIMITS[tensor.dtype]
    low = -high if tensor.dtype == "int16" else low
    step, zero = tensor.scale, tensor.zero_point
    inside = (exact >= step * (low - zero - 0.5)) & (exact <= step * (high - zero + 0.5))
    bottom = (integer == low) & (zero != low)
    alone = dequantize(quantize(exact, tensor), tensor)
    sums.add(
        exact,
        dequantize(integer, tensor),
        alone,
        int(bottom.sum() + (integer == high).sum()),
        inside,
    )


def _figures(s: _Sums, weights_db: float | None) -> LayerMetrics:
    spread = np.maximum(np.abs(s.least), np.abs(s.most))
    alive = spread[s.most > s.least]
    outliers = int((alive > OUTLIER * np.median(alive)).sum()) if len(alive) else 0
    own = s.clipped + s.rounded
    return LayerMetrics(
        decibels(s.signal, s.error),
        decibels(s.signal, own),
        s.clipped / own if own else 0.0,
        s.rounded / own if own else 0.0,
        s.ends / s.count,
        int((s.most <= s.least).sum()),
        outliers,
        len(s.least),
        weights_db,
    )


def _weights(pair: ModelPair) -> dict[int, float]:
    """Output tensor of a layer -> SQNR in dB of its weights."""
    found = {}
    for layer, index in pair.layers():
        real = pair.float_model.main.tensors[layer.weights]
        stored = stored_weights(pair.integer_model.main, index, real.shape)
        if stored is None or stored.quantization is None:
            continue
        rows = by_channel(real.array, layer.axis)
        scale = np.broadcast_to(np.array(stored.quantization.scale), len(rows))[:, None]
        made = by_channel(stored.array, layer.axis) * scale
        found[layer.y] = decibels(float(np.square(rows).sum()), float(np.square(made - rows).sum()))
    return found


def decibels(signal: float, error: float) -> float:
    """10 log10(signal / error); 200 for no error, 0 for no signal."""
    if signal <= 0:
        return 0.0
    return float(min(10 * np.log10(signal / error), 200.0)) if error > 0 else 200.0
