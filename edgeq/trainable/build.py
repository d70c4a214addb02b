"""Builds the trainable Keras model of a `QuantizationState`: it computes what the integer model
computes, with gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from edgeq.graph import Graph, Model, Op
from edgeq.quantize.quantization_state import (
    QuantizationState,
    layers,
)
from edgeq.quantize.scale_groups import same_scale
from edgeq.trainable.operator_configuration import configuration, fill
from edgeq.trainable.operator_layer import Operator
from edgeq.trainable.operator_spec import AVERAGING
from edgeq.trainable.scale_group_layers import inputs_of_other_scale, scale_group_layers
from edgeq.trainable.serialization import input_name


@dataclass
class _Building:
    """The Keras model under construction.

    quantizers: tensor -> fake quantization layer of its scale group.
    values: tensor -> Keras tensor.
    computed: tensor -> Keras tensor, of outputs that were fake-quantized after their operator.
    sites: id of a fake quantization layer -> number of call sites so far.
    """

    state: QuantizationState
    quantizers: Mapping[int, Any]
    values: dict[int, Any] = field(default_factory=dict)
    computed: dict[int, Any] = field(default_factory=dict)
    sites: dict[int, int] = field(default_factory=dict)

    def quantized(self, value: Any, tensor: int, tracked: bool = True) -> Any:
        """The value fake-quantized with the scale of a tensor. tracked: whether the call site
        tracks a range.
        """
        quantizer = self.quantizers[tensor]
        site = self.sites.get(id(quantizer), 0) if tracked else -1
        self.sites[id(quantizer)] = max(site + 1, self.sites.get(id(quantizer), 0))
        return quantizer(value, site=site)


@dataclass(frozen=True)
class TrainableModel:
    """A model for quantization-aware training.

    model: a functional `keras.Model` with inputs [batch, *sample shape] named as the graph's.
    quantized: tensor -> Keras tensor after fake quantization, for the outputs of operators.
    weighted: operator -> its Keras layer, for operators with weights.
    float_model: the float model it was built from.
    """

    model: Any
    quantized: Mapping[int, Any]
    weighted: Mapping[int, Operator]
    float_model: Model


def build(
    state: QuantizationState, names: Mapping[int, str], learned: bool, track: bool
) -> TrainableModel:
    """The trainable model of a float model.

    state: initial ranges and weights; without ranges the first training batch sets them.
    names: operator -> name of its Keras layer.
    learned: scales are trained (LSQ). Else weight scales follow the weights, and ranges follow the
        batches if `track`.

    Raises UnsupportedError for an operator without a gradient.
    """
    graph = state.graph
    building = _Building(state, scale_group_layers(state, learned, track))
    inputs = [_input(graph, t) for t in graph.inputs]
    for t, x in zip(graph.inputs, inputs, strict=True):
        building.values[t] = building.quantized(x, t) if t in building.quantizers else x
    weighted = {layer.index: layer for layer in layers(graph)}
    operators: list[Operator] = []
    for index, op in enumerate(graph.ops):
        layer = Operator(
            **configuration(state, index, weighted.get(index), learned),
            name=names[index],
            dtype="float32",
        )
        fill(layer, state, weighted.get(index))
        operators.append(layer)
        _apply(building, layer, op)
    outputs = [building.values[t] for t in graph.outputs]
    model = keras.Model(
        inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0]
    )
    return TrainableModel(
        model, building.computed, {index: operators[index] for index in weighted}, state.model
    )


def _input(graph: Graph, t: int) -> Any:
    tensor = graph.tensors[t]
    return keras.Input(tensor.shape[1:], name=input_name(tensor.name), dtype=tensor.dtype)


def _apply(building: _Building, layer: Any, op: Op) -> None:
    """Applies an operator's layer, and fake-quantizes its outputs where they are no longer
    multiples of the scale.
    """
    graph, y = building.state.graph, op.outputs[0]
    members = building.quantizers[y].tensors if y in building.quantizers else ()
    strangers = inputs_of_other_scale(graph, op, members)
    activations = [t for t in op.inputs if t >= 0 and not graph.tensors[t].constant]
    x = [
        building.quantized(building.values[t], y) if t in strangers else building.values[t]
        for t in activations
    ]
    result = layer(x if len(x) > 1 else x[0])
    constants = any(
        graph.tensors[t].constant and graph.tensors[t].dtype == "float32"
        for t in op.inputs
        if t >= 0
    )
    on_grid = same_scale(op) and op.kind not in AVERAGING and not constants
    for t, value in zip(
        op.outputs, result if isinstance(result, (list, tuple)) else [result], strict=True
    ):
        loose = t in building.quantizers and not on_grid
        building.values[t] = (
            building.quantized(value, t, tracked=not same_scale(op)) if loose else value
        )
        if loose:
            building.computed[t] = building.values[t]
