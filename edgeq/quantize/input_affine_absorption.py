"""A subtraction and a multiplication inserted at a float model's input, undone by the weights and
biases of the layers that read it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Graph, Model
from edgeq.opkit.input_affine import VIEWS, Reals, only_reader, readers
from edgeq.quantize.affine_input import AffineInput, affine_input, affine_ops
from edgeq.quantize.cross_layer_equalization import input_channels, multiply_inputs
from edgeq.quantize.quantization_state import (
    Floats,
    Layer,
    QuantizationState,
    by_channel,
    layers,
    replace_main,
)


def absorb_input_affine(
    model: Model, position: int, shift: Reals, factor: Reals
) -> AffineInput | None:
    """A model of the same function with (x - shift) * factor inserted at an input and undone by the
    weights that read it.

    None where something other than a layer with weights reads the input, or where a layer pads it
    with zeros and the shift is not 0. Tensors keep their indices; the scaled input is a new tensor.

    position: of the input among the graph's inputs.
    shift, factor: float32, one value per feature along the input's last axis.
    """
    graph, t = model.main, model.main.inputs[position]
    reading = reading_layers(graph, t)
    if not reading or (np.any(shift) and not all(unpadded(graph, layer) for layer in reading)):
        return None
    state = QuantizationState(model)
    for layer in reading:
        state = _undone(state, layer, shift.astype(np.float64), factor.astype(np.float64))
    tensors = list(graph.tensors)
    y = len(tensors)
    tensors.append(replace(tensors[t], name=f"{tensors[t].name}/scaled", shape_signature=None))
    tensors[: len(graph.tensors)] = state.graph.tensors
    added = affine_ops(tensors, t, y, shift, factor)
    ops = [replace(op, inputs=tuple(y if i == t else i for i in op.inputs)) for op in graph.ops]
    changed = replace(graph, tensors=tuple(tensors), ops=(*added, *ops))
    return affine_input(replace_main(model, changed), t, y, shift, factor)


def reading_layers(graph: Graph, t: int) -> list[Layer]:
    """The layers with weights that read a tensor or a view of it; empty if any other operator reads
    it.
    """
    users, features = readers(graph), graph.tensors[t].shape[-1:]
    while (index := only_reader(users, t)) is not None and graph.ops[index].kind in VIEWS:
        t = graph.ops[index].outputs[0]
    own = {layer.index: layer for layer in layers(graph) if layer.x == t}
    found = [own[index] for index in users.get(t, ()) if index in own]
    whole = (
        features
        and graph.tensors[t].shape[-1:]
        and graph.tensors[t].shape[-1] % max(features[0], 1) == 0
    )
    return found if whole and len(found) == len(users.get(t, ())) else []


def unpadded(graph: Graph, layer: Layer) -> bool:
    """Whether a layer has no zero padding."""
    return dict(graph.ops[layer.index].attributes).get("padding", "VALID") == "VALID"


def _undone(
    state: QuantizationState, layer: Layer, shift: Floats, factor: Floats
) -> QuantizationState:
    """The layer changed to read (x - shift) * factor in place of x: weights W / factor, bias b + W
    shift.
    """
    graph, channel = state.graph, input_channels(state.graph, layer)
    groups, n = channel.shape
    times = graph.tensors[layer.x].shape[-1] // shift.size
    rows = by_channel(graph.tensors[layer.weights].array, layer.axis).reshape(groups, -1, n)
    moved = (rows * np.tile(shift, times)[channel][:, None, :]).sum(axis=2).ravel()
    return multiply_inputs(state.with_bias_raised(layer, moved), layer, np.tile(1 / factor, times))
