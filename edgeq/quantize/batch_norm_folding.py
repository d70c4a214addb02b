"""Batch norm folded into the layers before it; each layer with its own weights and a bias."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.quantization_state import by_channel, from_channels, replace_main, weight_role

AFFINE = {"ADD": 2, "SUB": 2, "MUL": 1}
"""Operators that the converter leaves behind a layer where it could not fold batch norm itself."""


def fold_batch_norm(model: Model) -> Model:
    """The model with each constant per-channel ADD, SUB and MUL behind a layer folded into the
    layer's weights and bias.

    y = (W x + b) * g + c becomes W' = g W, b' = g b + c, if the layer has no fused activation. No
    two layers share weights or a bias afterwards, and each has a bias [channels]. Results differ by
    float32 rounding only. Tensors keep their indices.

    Raises UnsupportedError for a layer whose bias is computed.
    """
    graph, index = unshare_constants(model).main, 0
    while index < len(graph.ops):
        following = _foldable(graph, index, graph.ops[index])
        if following is None:
            index += 1
        else:
            graph = _without(graph, index, following)
    return replace_main(model, graph)


def _foldable(graph: Graph, index: int, op: Op) -> int | None:
    """The operator behind a layer that can be folded into it, None if there is none."""
    role = weight_role(op)
    if (
        role is None
        or not graph.tensors[op.inputs[role.weights]].constant
        or op.fused_activation != "NONE"
    ):
        return None
    y = op.outputs[0]
    users = [k for k, other in enumerate(graph.ops) if y in other.inputs]
    if len(users) != 1 or y in graph.outputs or graph.ops[users[0]].kind not in AFFINE:
        return None
    user = graph.ops[users[0]]
    other = [t for t in user.inputs if t != y]
    channels = graph.tensors[op.inputs[role.weights]].shape[role.axis]
    if len(other) != 1 or not _by_channel(graph.tensors[other[0]], channels):
        return None
    if (user.kind == "SUB" and user.inputs[0] != y) or graph.tensors[
        user.outputs[0]
    ].shape != graph.tensors[y].shape:
        return None
    return users[0]


def _by_channel(tensor: Tensor, channels: int) -> bool:
    """Whether a tensor is a float constant with one value, or one value per channel along the last
    axis.
    """
    return (
        tensor.constant
        and tensor.dtype == "float32"
        and (tensor.size == 1 or tensor.size == channels == tensor.shape[-1])
    )


def _without(graph: Graph, index: int, following: int) -> Graph:
    """The graph with operator `following` folded into the layer `index`."""
    op, user = graph.ops[index], graph.ops[following]
    role = weight_role(op)
    assert role is not None
    weights, bias = graph.tensors[op.inputs[role.weights]], graph.tensors[op.inputs[role.bias]]
    channels = weights.shape[role.axis]
    other = next(t for t in user.inputs if t != op.outputs[0])
    amount = np.broadcast_to(graph.tensors[other].array.astype(np.float64).ravel(), channels)
    gain = amount if user.kind == "MUL" else np.ones(channels)
    shift = {"ADD": amount, "SUB": -amount}.get(user.kind, np.zeros(channels))
    rows = by_channel(weights.array, role.axis) * gain[:, None]
    tensors = list(graph.tensors)
    tensors[op.inputs[role.weights]] = _constant(
        weights, from_channels(rows, weights.shape, role.axis)
    )
    tensors[op.inputs[role.bias]] = _constant(bias, bias.array.astype(np.float64) * gain + shift)
    attributes = dict(op.attributes) | {"fused_activation_function": user.fused_activation}
    ops = list(graph.ops)
    ops[index] = replace(op, outputs=user.outputs, attributes=tuple(sorted(attributes.items())))
    del ops[following]
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def unshare_constants(model: Model) -> Model:
    """The model in which every layer with weights has weights and a bias [channels] of its own:
    constants that several operators read are copied, and missing biases are zeros.
    """
    graph = model.main
    tensors, ops = list(graph.tensors), list(graph.ops)
    uses = Counter(t for op in ops for t in op.inputs)
    for index, op in enumerate(ops):
        role = weight_role(op)
        if role is None or not tensors[op.inputs[role.weights]].constant:
            continue
        inputs = list(op.inputs) + [-1] * (role.bias + 1 - len(op.inputs))
        if uses[inputs[role.weights]] > 1:
            tensors.append(tensors[inputs[role.weights]])
            inputs[role.weights] = len(tensors) - 1
        tensors.append(
            _bias(
                tensors,
                inputs[role.bias],
                tensors[op.outputs[0]].name,
                tensors[inputs[role.weights]].shape[role.axis],
            )
        )
        inputs[role.bias] = len(tensors) - 1
        ops[index] = replace(op, inputs=tuple(inputs))
    return replace_main(model, replace(graph, tensors=tuple(tensors), ops=tuple(ops)))


def _bias(tensors: list[Tensor], index: int, layer: str, channels: int) -> Tensor:
    if index < 0:
        return Tensor(f"{layer}/bias", (channels,), "float32", buffer=bytes(4 * channels))
    if not tensors[index].constant:
        raise UnsupportedError(
            f'layer "{layer}"', "its bias is computed, not constant", "use a constant bias"
        )
    return replace(tensors[index], shape=(channels,))


def _constant(tensor: Tensor, values: npt.NDArray[np.generic]) -> Tensor:
    return replace(tensor, buffer=values.astype("<f4").tobytes())
