"""Empirical bias correction: the mean output error of each channel is subtracted from its bias."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.assemble import activation_quantization
from edgeq.quantize.layer_weights import layer_integers, layer_scale
from edgeq.quantize.layerwise import LayerInputs, layer_by_layer
from edgeq.quantize.quadratic_error import reconstruction_problem
from edgeq.quantize.quantization_state import Layer, QuantizationState, by_channel


def correct_bias(state: QuantizationState, samples: Samples) -> QuantizationState:
    """The state with corrected biases: b + E[W x] - E[W' x'], x the layer's input in the float
    model, x' in the integer model.

    Nagel et al. 2019, section 4.2 and appendix D. Layers are corrected in the graph's order, each
    with those before it already corrected. Weights are unchanged. `reconstruct` corrects biases by
    itself.

    state: with ranges and weights.
    samples: calibration samples.
    """
    return layer_by_layer(state, samples, correct_layer)


def correct_layer(state: QuantizationState, layer: Layer, inputs: LayerInputs) -> QuantizationState:
    """The state with one layer's bias corrected. inputs: the layer's in the float and the integer
    model.
    """
    problem = reconstruction_problem(state, layer, inputs)
    x = state.graph.tensors[layer.x]
    if not state.dynamic:
        x = replace(
            x, dtype=state.dtype(layer.x), quantization=activation_quantization(state, layer.x)
        )
    scale = layer_scale(state, layer, x)
    values = layer_integers(state, layer, scale)
    rows = (
        by_channel(values, layer.axis) * np.broadcast_to(scale, values.shape[layer.axis])[:, None]
    )
    given = np.einsum(
        "grn,gn->gr",
        rows.reshape(problem.rows.shape),
        problem.quantized.mean(axis=1, dtype=np.float64),
    )
    shift = problem.outputs.mean(axis=1) - given
    return state.with_bias_raised(layer, shift.ravel())
