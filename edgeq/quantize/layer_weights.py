"""The integer weights of a layer: those chosen by rounding if the scale is still the one they were
chosen for, else the nearest.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Codebook, Tensor
from edgeq.graph.packing import pack_int4
from edgeq.quantize.affine import fitting_scale, float32, symmetric, to_nearest
from edgeq.quantize.codebook import nearest
from edgeq.quantize.quantization_state import (
    Floats,
    Integers,
    Layer,
    QuantizationState,
    Weights,
    by_channel,
    from_channels,
)


def layer_scale(state: QuantizationState, layer: Layer, x: Tensor) -> Floats:
    """The weight scales [channels] or [1] of a layer, increased if its quantized bias would
    overflow.

    x: the layer's input in the integer model, whose scale determines the bias scale.
    """
    if x.quantization is None:
        return state.weights[layer.index].scale
    bias = state.graph.tensors[layer.bias].array.astype(np.float64)
    return fitting_scale(state.weights[layer.index].scale, bias, x.scale, x.dtype)


def layer_integers(state: QuantizationState, layer: Layer, scale: Floats) -> Integers:
    """A layer's integer weights for the given scales, in the shape of the float weights."""
    settings, real = state.weights[layer.index], state.graph.tensors[layer.weights].array
    rows = by_channel(real, layer.axis)
    scales = np.broadcast_to(scale, len(rows))
    if settings.codebook is None:
        found = to_nearest(rows, scales, settings.limit)
    else:
        found = _entries(rows / scales[:, None], settings.codebook)
    if settings.values is not None:
        kept = np.broadcast_to(scale == float32(settings.scale), len(rows))
        found[kept] = by_channel(settings.values, layer.axis)[kept]
    return from_channels(found.astype(np.int8), real.shape, layer.axis)


def _entries(exact: Floats, codebook: Codebook) -> Floats:
    """For weights [channels, ...] divided by their scale, the nearest entries of their channels'
    tables.
    """
    parts = np.split(exact, len(codebook.tables))
    found = [
        nearest(part, np.unique(table)) for part, table in zip(parts, codebook.tables, strict=True)
    ]
    return np.concatenate(found).astype(np.float64)


def stored(tensor: Tensor, values: Integers, scale: Floats, axis: int, settings: Weights) -> Tensor:
    """The weight tensor of a file: int8, packed int4, or int8 with a codebook."""
    narrow = settings.bits == 4 and settings.codebook is None
    return replace(
        tensor,
        dtype="int4" if narrow else "int8",
        quantization=symmetric(scale, axis),
        buffer=pack_int4(values) if narrow else values.tobytes(),
        codebook=settings.codebook,
    )
