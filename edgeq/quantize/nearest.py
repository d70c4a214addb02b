"""Weights by rounding to the nearest: where every other way of rounding starts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edgeq.quantize.affine import float32, to_nearest, weight_scale
from edgeq.quantize.state import Floats, Quantizing, Weights, by_channel, layers

SHRINKING = np.linspace(1.0, 0.4, 61)


def round_to_nearest(state: Quantizing, bits: Mapping[int, int] | int = 8, per_channel: bool = True) -> Quantizing:
    """Symmetric weights of the given width: scale = max |w| / (2 ** (bits - 1) - 1) for each channel or tensor.

    bits: of all layers, or by operator. Below 8 bits the scale is the one of least square error, found among smaller
    ones (Banner et al. 2019): the few largest weights are worth less than finer steps for the others.
    """
    chosen = {}
    for layer in layers(state.graph):
        width = bits if isinstance(bits, int) else bits.get(layer.index, 8)
        rows = by_channel(state.graph.tensors[layer.weights].array, layer.axis)
        rows = rows if per_channel else rows.reshape(1, -1)
        limit = 2 ** (width - 1) - 1
        scale = weight_scale(rows, limit)
        chosen[layer.index] = Weights(float32(scale) if width == 8 else best_scale(rows, scale, limit), width)
    return state.with_weights(chosen)


def best_scale(rows: Floats, scale: Floats, limit: int) -> Floats:
    """For each row the scale, of those between 0.4 and 1 times the given, that rounds with the least square error."""
    tried = scale[None] * SHRINKING[:, None]
    rounded = (to_nearest(rows, s, limit) * s[:, None] for s in tried)
    errors = np.stack([np.square(r - rows).sum(axis=1) for r in rounded])
    return float32(tried[np.argmin(errors, axis=0), np.arange(len(rows))])
