"""Dynamic range: weights in 8 bits, activations real in the file and quantized anew for each inference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Model, Op
from edgeq.ops import bind, operator
from edgeq.quantize.affine import float32, symmetric, weight_scale
from edgeq.quantize.assemble import assemble, layer_integers, versioned
from edgeq.quantize.choose import Cost
from edgeq.quantize.groups import judged_tensors
from edgeq.quantize.replay import run
from edgeq.quantize.state import Floats, Layer, Quantizing, Weights, by_channel, layers, replace_main

MOST_WORSE = 1.1  # times the error, which running in every runtime is worth


def assembled(state: Quantizing) -> Model:
    """The model of a state of either kind."""
    return assemble_dynamic(state) if state.dynamic else assemble(state)


def one_scale_if_enough(state: Quantizing, samples: Samples, cost: Cost) -> Quantizing:
    """One scale for all units of each dense layer, if the outputs do not get worse by more than `MOST_WORSE`.

    state: with int8 weights to the nearest. cost: of `judged_tensors` on the samples. tflite-runtime 2.14 refuses a
    file with any hybrid dense layer that has a scale for each unit (version 12), so all have one scale or none has.
    """
    dense = [layer for layer in layers(state.graph) if _scales_version(layer)]
    if all(state.weights[layer.index].scale.size == 1 for layer in dense):
        return state
    one = state.with_weights({layer.index: _one_scale(state, layer) for layer in dense})
    runs = (run(assemble_dynamic(s), samples) for s in (state, one))
    finer, coarser = (float(cost(each.real(judged_tensors(state.graph))).mean()) for each in runs)
    return one if coarser <= MOST_WORSE * finer else state


def _one_scale(state: Quantizing, layer: Layer) -> Weights:
    rows = by_channel(state.graph.tensors[layer.weights].array, layer.axis).reshape(1, -1)
    settings = state.weights[layer.index]
    return replace(settings, scale=float32(weight_scale(rows, settings.limit)), values=None)


def assemble_dynamic(state: Quantizing) -> Model:
    """The model with int8 weights and all other tensors as they are, which TFLite computes as hybrid operators.

    state: weights of every layer; its ranges are not used. At run time each layer's input gets the scale of its own
    extremes, asymmetric (`asymmetric_quantize_inputs`; TFLite's kernels/{conv,depthwise_conv,fully_connected}.cc).
    """
    graph = state.graph
    tensors, ops = list(graph.tensors), list(graph.ops)
    for layer in layers(graph):
        real, scale = graph.tensors[layer.weights], state.weights[layer.index].scale
        values = layer_integers(state, layer, scale)
        scales = _distinct(np.broadcast_to(scale, values.shape[layer.axis]), layer)
        tensors[layer.weights] = replace(real, dtype="int8", quantization=symmetric(scales, layer.axis),
                                         buffer=values.tobytes())  # fmt: skip
        version = _scales_version(layer) if len(scales) > 1 else 1
        ops[layer.index] = versioned(replace(_hybrid(ops[layer.index]), version=version), tensors)
    model = replace_main(state.model, replace(graph, tensors=tuple(tensors), ops=tuple(ops)))
    bind(model.main)
    return model


def _distinct(scale: Floats, layer: Layer) -> Floats:
    """Equal scales as one, but where the operator has one for each channel.

    tflite-runtime 2.14 multiplies by 0 where a convolution has several that are equal.
    """
    several = len(set(scale.tolist())) > 1 or getattr(operator(layer.kind), "EQUAL_SCALES", False)
    return scale if several else scale[:1]


def _scales_version(layer: Layer) -> int:
    """The version that several scales need; 0 where they need none of their own."""
    return getattr(operator(layer.kind), "SCALES_VERSION", 0)


def _hybrid(op: Op) -> Op:
    """Asked to quantize its input asymmetrically, where the operator has a choice."""
    attributes = {name: True if name == "asymmetric_quantize_inputs" else value for name, value in op.attributes}
    return replace(op, attributes=tuple(sorted(attributes.items())))
