"""A changed model made whole again: what follows from other tensors by the operators' own facts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.errors import ModelError
from edgeq.graph import (
    AttributeValue,
    Graph,
    Model,
    Op,
    Quantization,
    Tensor,
    check_model,
    custom_op,
)
from edgeq.ops import bind, node_and_shapes, operator

Options = tuple[tuple[str, AttributeValue], ...]
SCALES = (1e-8, 1e8)  # beyond, references convert reals to int32 that do not fit
ELEMENTS = 8000  # of all tensors of a case


def settled(model: Model) -> Model:
    """The model with the quantization and the shapes that its operators give.

    Raises EdgeqError for a model that edgeq refuses, or that is larger than a case may be.
    """
    graph = model.main
    for index in range(len(graph.ops)):
        graph = _with_shapes(_with_quantization(graph, index), index)
        if sum(t.size for t in graph.tensors) > ELEMENTS:
            raise ModelError("the case is too large", "it takes too long", "make it smaller")
    model = replace(model, graphs=(graph, *model.graphs[1:]))
    check_model(model)
    _check_scales(graph)
    bind(graph)
    return model


def with_tensor(graph: Graph, index: int, tensor: Tensor) -> Graph:
    """The graph with one tensor replaced."""
    return replace(graph, tensors=(*graph.tensors[:index], tensor, *graph.tensors[index + 1 :]))


def _check_scales(graph: Graph) -> None:
    """Raises ModelError for a scale of a computed tensor out of bounds."""
    low, high = SCALES
    computed = (t.quantization for t in graph.tensors if not t.constant)
    if any(not low <= s <= high for by in computed if by is not None for s in by.scale):
        raise ModelError("the case has an odd scale", "references overflow", "change it")


def with_options(op: Op, options: Options) -> Op:
    """The operator with other options; a custom one has them in its own bytes as well."""
    if not op.custom_code:
        return replace(op, attributes=options)
    plain = {k: v for k, v in options if isinstance(v, int | float)}
    made = custom_op(op.custom_code, op.inputs, op.outputs, **plain)
    return replace(op, attributes=made.attributes, custom_options=made.custom_options)


def _with_shapes(graph: Graph, index: int) -> Graph:
    """The graph with the shapes of one operator's outputs as the operator gives them; variables
    keep theirs.
    """
    _, shapes = node_and_shapes(graph, index)
    outputs = graph.ops[index].outputs  # another number of them is refused as the graph is bound
    for t, shape in zip(outputs, shapes, strict=False):
        if not graph.tensors[t].variable and graph.tensors[t].shape != shape:
            graph = with_tensor(graph, t, replace(graph.tensors[t], shape=shape))
    return graph


def _with_quantization(graph: Graph, index: int) -> Graph:
    """The graph with the quantization that an operator prescribes: of its bias, of outputs that have
    the scale of the input or a fixed one.
    """
    op = graph.ops[index]
    known, tensors = operator(op.kind), graph.tensors
    for t in op.outputs:
        fixed = known.fixed_output.get(tensors[t].dtype)
        if fixed is not None:
            scale, zero_point = fixed
            quantization = Quantization((float(np.float32(scale)),), (zero_point,))
            graph = with_tensor(graph, t, replace(tensors[t], quantization=quantization))
        elif known.same_scale:
            alike = (
                tensors[i] for i in op.inputs if i >= 0 and tensors[i].dtype == tensors[t].dtype
            )
            like = next((x.quantization for x in alike), tensors[t].quantization)
            graph = with_tensor(graph, t, replace(tensors[t], quantization=like))
    return _with_bias_scale(graph, index)


def _with_bias_scale(graph: Graph, index: int) -> Graph:
    """The graph whose integer bias, if the operator has one, has the scales of x times weights."""
    op = graph.ops[index]
    role = operator(op.kind).weights
    if role is None or role.bias >= len(op.inputs) or op.inputs[role.bias] < 0:
        return graph
    x, w, bias = (graph.tensors[op.inputs[p]] for p in (role.x, role.weights, role.bias))
    if bias.dtype not in ("int32", "int64") or x.quantization is None or w.quantization is None:
        return graph
    scales = tuple(float(np.float32(x.quantization.scale[0] * s)) for s in w.quantization.scale)
    if not all(np.isfinite(scales)) or min(scales) <= 0:
        raise ModelError("the bias has no scale", "it is no float32", "change a scale")
    quantization = Quantization(scales, (0,) * len(scales), 0)
    return with_tensor(graph, op.inputs[role.bias], replace(bias, quantization=quantization))
