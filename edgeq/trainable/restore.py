"""Converts a trained Keras model back to a `QuantizationState`."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Signature, Tensor
from edgeq.quantize.quantization_state import QuantizationState, Range, Weights, is_activation
from edgeq.trainable.fake_quantize import LIMITS
from edgeq.trainable.fake_quantize_layer import FakeQuantize
from edgeq.trainable.operator_layer import Operator
from edgeq.trainable.serialization import input_name, op_from_record, tensor_from_record


def is_trainable(model: Any) -> bool:
    """Whether a Keras model has layers of fake quantization."""
    return any(isinstance(layer, FakeQuantize) for layer in getattr(model, "layers", ()))


def restore(model: Any) -> QuantizationState:
    """The state of a trained model: float weights, ranges, weight scales and integers, as trained.

    `assemble` then gives exactly the integers that the model computes with, learned scales
    included. Raises EdgeqError for a model with foreign layers, and for one whose ranges were never
    set.
    """
    operators, quantizers = _layers(model)
    tensors: dict[int, Tensor] = {}
    for layer in operators:
        tensors |= {
            int(t): tensor_from_record(record, _values(layer, t))
            for t, record in layer.tensors.items()
        }
    inputs = [_fed(tensors, operators, x.name) for x in model.inputs]
    outputs = [_computed(x) for x in model.outputs]
    count = max(tensors) + 1
    unused = Tensor("", (), "float32")
    ops = tuple(op_from_record(layer.op) for layer in operators)
    graph = Graph(
        tuple(tensors.get(t, unused) for t in range(count)), ops, tuple(inputs), tuple(outputs)
    )
    fed, given = (tuple((graph.tensors[t].name, t) for t in ends) for ends in (inputs, outputs))
    signature = Signature("serving_default", fed, given)
    return QuantizationState(
        Model((graph,), description="edgeq", signatures=(signature,)),
        {t: _range(quantizer) for quantizer in quantizers for t in quantizer.tensors},
        {k: _weights(layer) for k, layer in enumerate(operators) if layer.settings is not None},
        _dtypes(graph, quantizers),
    )


def _dtypes(graph: Graph, quantizers: list[Any]) -> dict[int, str]:
    """Types of activations that are not int8: int16 for 16 bits, float32 for those without fake
    quantization.
    """
    bits = {t: quantizer.bits for quantizer in quantizers for t in quantizer.tensors}
    made = {*graph.inputs, *(t for op in graph.ops for t in op.outputs)}
    real = {t for t in made if is_activation(graph.tensors[t]) and t not in bits}
    return {t: "int16" for t, n in bits.items() if n == 16} | dict.fromkeys(real, "float32")


def _layers(model: Any) -> tuple[list[Any], list[Any]]:
    """The operator layers in the graph's order, and the fake quantization layers."""
    known: dict[type, list[Any]] = {Operator: [], FakeQuantize: []}
    for layer in model.layers:
        if type(layer) in known:
            known[type(layer)].append(layer)
        elif type(layer).__name__ != "InputLayer":
            why = f"its layer {layer.name!r} ({type(layer).__name__}) was added after edgeq.quantize_aware"
            raise EdgeqError(
                "the quantization-aware model", why, "export the model that quantize_aware returned"
            )
    return sorted(known[Operator], key=lambda layer: layer.op["index"]), known[FakeQuantize]


def _values(layer: Any, t: str) -> Any:
    if layer.fixed_constants.get(t) is not None:
        return layer.constants.values[t]
    return np.asarray(layer.constants.real(t)) if t in layer.constants.values else None


def _fed(tensors: dict[int, Tensor], operators: list[Any], name: str) -> int:
    """The graph input that a Keras input stands for."""
    computed = {t for layer in operators for t in layer.op["outputs"]}
    found = [
        t
        for t, x in tensors.items()
        if not x.constant and t not in computed and input_name(x.name) == name
    ]
    if len(found) != 1:
        raise EdgeqError(
            f"input {name!r} of the quantization-aware model",
            "no layer reads it",
            "remove the input",
        )
    return found[0]


def _computed(x: Any) -> int:
    """The operator output that a Keras tensor is, before fake quantization."""
    layer, node, position = x._keras_history
    if isinstance(layer, FakeQuantize):
        return _computed(layer._inbound_nodes[node].arguments.keras_tensors[0])
    if not isinstance(layer, Operator):
        raise EdgeqError(
            "the quantization-aware model",
            "an output is an input as it is",
            "leave it out of the model",
        )
    return int(layer.op["outputs"][position])


def _range(quantizer: Any) -> Range:
    """The range that the present scale and zero point cover."""
    if (
        quantizer.fixed is None
        and not quantizer.started
        and not (np.asarray(quantizer.seen) > 0).all()
    ):
        why = f"the range of {quantizer.name!r} was never set"
        raise EdgeqError(
            "the quantization-aware model",
            why,
            "give quantize_aware calibration data, or train it first",
        )
    scale, zero_point = (float(x) for x in quantizer.quantization())
    least, most = LIMITS[quantizer.bits]
    return Range((least - zero_point + (quantizer.bits == 16)) * scale, (most - zero_point) * scale)


def _weights(layer: Any) -> Weights:
    scale, values = layer.weight_scales.integers(layer.real_weights)
    return Weights(
        np.asarray(scale, np.float64), layer.settings["bits"], np.asarray(values, np.int8)
    )
