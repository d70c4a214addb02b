"""The configuration and the initial values of the Keras layer that computes one operator."""

from __future__ import annotations

from typing import Any

from edgeq.errors import UnsupportedError
from edgeq.graph import Op, Quantization
from edgeq.quantize.affine import affine
from edgeq.quantize.assemble import computes_reals
from edgeq.quantize.quantization_state import (
    Layer,
    QuantizationState,
    Range,
)
from edgeq.quantize.scale_groups import same_scale
from edgeq.trainable.scale_group_layers import BITS
from edgeq.trainable.serialization import constant_records, op_record, tensor_records


def configuration(
    state: QuantizationState, index: int, layer: Layer | None, learned: bool
) -> dict[str, Any]:
    """The arguments of the layer of operator `index`.

    layer: its weights, None for an operator without.
    learned: whether weight scales are trained.

    Raises UnsupportedError for an operator of constants alone.
    """
    graph = state.graph
    op = graph.ops[index]
    if all(t < 0 or graph.tensors[t].constant for t in op.inputs):
        raise UnsupportedError(
            f"{op.kind} of constants", "it has nothing to train", "compute it before converting"
        )
    weights = None
    if layer is not None:
        settings = state.weights[layer.index]
        weights = {
            "weights": layer.weights,
            "bias": layer.bias,
            "axis": layer.axis,
            "bits": settings.bits,
            "per_channel": len(settings.scale) > 1,
            "learns": learned,
        }
    return {
        "op": op_record(index, op),
        "tensors": tensor_records(graph, op),
        "constants": constant_records(graph, op),
        "grids": {} if layer else _grids(state, op),
        "weights": weights,
    }


def _grids(state: QuantizationState, op: Op) -> dict[str, tuple[float, float, int]]:
    """Constant -> (scale, zero point, bits), for the float constants that are quantized with a
    scale of their own.
    """
    graph, dtype = state.graph, state.dtype(op.outputs[0])
    reals = [
        t
        for t in op.inputs
        if t >= 0 and graph.tensors[t].constant and graph.tensors[t].dtype == "float32"
    ]
    if same_scale(op) or computes_reals(state, op):
        return {}
    grids: dict[int, Quantization] = {}
    for t in reals:
        values = graph.tensors[t].array
        grids[t] = affine(
            Range(float(values.min()), float(values.max())), dtype, graph.tensors[t].name
        )
    return {str(t): (q.scale[0], float(q.zero_point[0]), BITS[dtype]) for t, q in grids.items()}


def fill(layer: Any, state: QuantizationState, weighted: Layer | None) -> None:
    """Assigns a layer's float constants and weight scales."""
    for t, values in layer.fixed_constants.items():
        if values is None:
            layer.constants.fill(t, state.graph.tensors[int(t)].array)
    if weighted is not None:
        layer.start_from(state.weights[weighted.index])
