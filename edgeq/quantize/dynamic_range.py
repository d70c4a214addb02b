"""Dynamic-range quantization: int8 weights, float activations that are quantized during each
inference.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Model, Op
from edgeq.ops import bind, operator
from edgeq.quantize.affine import float32, symmetric, weight_scale
from edgeq.quantize.assemble import assemble, versioned
from edgeq.quantize.calibrator_search import Cost
from edgeq.quantize.incremental_run import run
from edgeq.quantize.layer_weights import layer_integers
from edgeq.quantize.quantization_state import (
    Floats,
    Layer,
    QuantizationState,
    Weights,
    by_channel,
    layers,
    replace_main,
    takes_weights,
)
from edgeq.quantize.scale_groups import compared_tensors

MOST_WORSE = 1.1  # growth of the output error, accepted for files that every runtime runs


def assemble_state(state: QuantizationState) -> Model:
    """The integer or dynamic-range model of a state, whichever the state is for."""
    return assemble_dynamic(state) if state.dynamic else assemble(state)


def per_tensor_if_accurate(
    state: QuantizationState, samples: Samples, cost: Cost
) -> QuantizationState:
    """One weight scale for each dense layer in place of one per output neuron, if the mean output
    error grows by at most the factor `MOST_WORSE`.

    tflite-runtime 2.14 refuses a file in which any hybrid dense layer has per-channel scales
    (operator version 12), so either all dense layers are per-tensor or none is.

    state: with int8 weights rounded to nearest.
    cost: [samples], of `compared_tensors`.
    """
    dense = [layer for layer in layers(state.graph) if _scales_version(layer)]
    if all(state.weights[layer.index].scale.size == 1 for layer in dense):
        return state
    one = state.with_weights({layer.index: _one_scale(state, layer) for layer in dense})
    runs = (run(assemble_dynamic(s), samples) for s in (state, one))
    finer, coarser = (float(cost(each.real(compared_tensors(state.graph))).mean()) for each in runs)
    return one if coarser <= MOST_WORSE * finer else state


def _one_scale(state: QuantizationState, layer: Layer) -> Weights:
    rows = by_channel(state.graph.tensors[layer.weights].array, layer.axis).reshape(1, -1)
    settings = state.weights[layer.index]
    return replace(settings, scale=float32(weight_scale(rows, settings.limit)), values=None)


def assemble_dynamic(state: QuantizationState) -> Model:
    """The model with int8 weights and float32 activations, which TFLite runs as hybrid operators.

    During inference each layer's input is quantized with the scale of its own extremes,
    asymmetrically (`asymmetric_quantize_inputs`; TFLite's
    kernels/{conv,depthwise_conv,fully_connected}.cc). Layers whose operator has no hybrid form keep
    float32 weights.

    state: weights of every layer; ranges are not used.
    """
    graph = state.graph
    tensors, ops = list(graph.tensors), list(graph.ops)
    for layer in layers(graph):
        if not takes_weights(layer.kind, "int8", "float32"):
            continue
        real, scale = graph.tensors[layer.weights], state.weights[layer.index].scale
        values = layer_integers(state, layer, scale)
        scales = _distinct(np.broadcast_to(scale, values.shape[layer.axis]), layer)
        tensors[layer.weights] = replace(
            real, dtype="int8", quantization=symmetric(scales, layer.axis), buffer=values.tobytes()
        )
        version = _scales_version(layer) if len(scales) > 1 else 1
        ops[layer.index] = versioned(replace(_hybrid(ops[layer.index]), version=version), tensors)
    model = replace_main(state.model, replace(graph, tensors=tuple(tensors), ops=tuple(ops)))
    bind(model.main)
    return model


def _distinct(scale: Floats, layer: Layer) -> Floats:
    """The scales, reduced to one where all are equal, unless the operator requires one per channel.

    tflite-runtime 2.14 multiplies by 0 if a convolution has several equal scales.
    """
    several = len(set(scale.tolist())) > 1 or operator(layer.kind).equal_scales
    return scale if several else scale[:1]


def _scales_version(layer: Layer) -> int:
    """The operator version that per-channel scales require; 0 where they require none."""
    return operator(layer.kind).scales_version


def _hybrid(op: Op) -> Op:
    """The operator with `asymmetric_quantize_inputs` set, if it has that attribute."""
    attributes = {
        name: True if name == "asymmetric_quantize_inputs" else value
        for name, value in op.attributes
    }
    return replace(op, attributes=tuple(sorted(attributes.items())))
