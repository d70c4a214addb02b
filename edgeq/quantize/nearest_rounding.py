"""Weights rounded to nearest, the starting point of every other rounding."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from edgeq.quantize.affine import float32, to_nearest, weight_scale
from edgeq.quantize.quantization_state import (
    Floats,
    QuantizationState,
    Weights,
    by_channel,
    layers,
    takes_weights,
)

SHRINKING = np.linspace(1.0, 0.4, 61)


def round_to_nearest(
    state: QuantizationState, bits: Mapping[int, int] | int = 8, per_channel: bool = True
) -> QuantizationState:
    """The state with symmetric weights of the given width, rounded to nearest.

    At 8 bits, scale = max |w| / 127 per channel or tensor. Below, it is the smaller scale of least
    squared error (Banner et al. 2019): clipping the few largest weights costs less than coarser
    steps for all others.

    bits: of all layers, or operator -> bits, 8 for operators not listed. Layers whose operator
    computes with no int4 weights keep 8 bits where 4 are asked for.
    """
    chosen = {}
    for layer in layers(state.graph):
        asked = bits if isinstance(bits, int) else bits.get(layer.index, 8)
        width = asked if asked != 4 or takes_weights(layer.kind, "int4", "int8") else 8
        rows = by_channel(state.graph.tensors[layer.weights].array, layer.axis)
        rows = rows if per_channel else rows.reshape(1, -1)
        limit = 2 ** (width - 1) - 1
        scale = weight_scale(rows, limit)
        chosen[layer.index] = Weights(
            float32(scale) if width == 8 else best_scale(rows, scale, limit), width
        )
    return state.with_weights(chosen)


def best_scale(rows: Floats, scale: Floats, limit: int) -> Floats:
    """For each row the scale, between 0.4 and 1 times the given one, whose rounding has the least
    squared error.
    """
    tried = scale[None] * SHRINKING[:, None]
    rounded = (to_nearest(rows, s, limit) * s[:, None] for s in tried)
    errors = np.stack([np.square(r - rows).sum(axis=1) for r in rounded])
    return float32(tried[np.argmin(errors, axis=0), np.arange(len(rows))])
