"""Dynamic range: weights in 8 bits, activations real in the file and quantized anew for each inference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Model, Op, Quantization
from edgeq.ops import bind
from edgeq.quantize.assemble import versioned
from edgeq.quantize.nearest import float32
from edgeq.quantize.state import Quantizing, by_channel, from_channels, layers, replace_main


def assemble_dynamic(state: Quantizing) -> Model:
    """The model with int8 weights and all other tensors as they are, which TFLite computes as hybrid operators.

    state: weights of every layer; its ranges are not used. At run time each layer's input gets the scale of its own
    extremes, asymmetric (`asymmetric_quantize_inputs`; TFLite's kernels/{conv,depthwise_conv,fully_connected}.cc).
    """
    graph = state.graph
    tensors, ops = list(graph.tensors), list(graph.ops)
    for layer in layers(graph):
        settings, real = state.weights[layer.index], graph.tensors[layer.weights]
        rows = by_channel(real.array, layer.axis)
        scale = np.broadcast_to(float32(settings.scale), len(rows))
        values = settings.values
        if values is None:
            rounded = np.clip(np.round(rows / scale[:, None]), -settings.limit, settings.limit)
            values = from_channels(rounded, real.shape, layer.axis).astype(np.int8)
        quantization = Quantization(tuple(scale.tolist()), (0,) * len(scale), layer.axis)
        tensors[layer.weights] = replace(real, dtype="int8", quantization=quantization, buffer=values.tobytes())
        ops[layer.index] = versioned(_hybrid(ops[layer.index]), tensors)
    model = replace_main(state.model, replace(graph, tensors=tuple(tensors), ops=tuple(ops)))
    bind(model.main)
    return model


def _hybrid(op: Op) -> Op:
    """Asked to quantize its input asymmetrically, where the operator has a choice."""
    attributes = {name: True if name == "asymmetric_quantize_inputs" else value for name, value in op.attributes}
    return replace(op, attributes=tuple(sorted(attributes.items())))
