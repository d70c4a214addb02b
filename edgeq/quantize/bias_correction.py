"""Empirical bias correction: each channel gives on average what it gives in the float network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.assemble import activation_quantization, layer_integers, layer_scale
from edgeq.quantize.follow import Inputs, layer_by_layer
from edgeq.quantize.moments import columns
from edgeq.quantize.state import Layer, Quantizing, by_channel


def correct_bias(state: Quantizing, samples: Samples) -> Quantizing:
    """Other biases: b + E[W x] - E[W' x'] of the float network and of the integer one, before the activation.

    Nagel et al. 2019, section 4.2 and appendix D, layer after layer, each after those before it are corrected. state:
    with ranges and weights; weights stay as they are. `reconstruct` does this of itself.
    """
    return layer_by_layer(state, samples, correct_layer)


def correct_layer(state: Quantizing, layer: Layer, inputs: Inputs) -> Quantizing:
    """One layer's bias, from what it gets in both networks."""
    taken = columns(state, layer, inputs)
    x = state.graph.tensors[layer.x]
    if not state.dynamic:
        x = replace(x, dtype=state.dtype(layer.x), quantization=activation_quantization(state, layer.x))
    scale = layer_scale(state, layer, x)
    values = layer_integers(state, layer, scale)
    rows = by_channel(values, layer.axis) * np.broadcast_to(scale, values.shape[layer.axis])[:, None]
    given = np.einsum("grn,gn->gr", rows.reshape(taken.rows.shape), taken.quantized.mean(axis=1, dtype=np.float64))
    shift = taken.outputs.mean(axis=1) - given
    return state.with_bias_raised(layer, shift.ravel())
