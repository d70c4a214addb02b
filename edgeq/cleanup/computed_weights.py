"""FULLY_CONNECTED of two computed tensors, or of weights with a zero point, becomes BATCH_MATMUL.

TFLite's converter writes such layers for products of activations. Dense kernels have their weights
in flash; both operators sum and round alike.
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.cleanup.tiles import reshape
from edgeq.graph import Graph, Op, Tensor
from edgeq.ops import operator

PRODUCT = "BATCH_MATMUL"


def multiply_computed_weights(graph: Graph) -> Graph:
    """The graph with int8 FULLY_CONNECTED that has no bias and no activation as BATCH_MATMUL, between
    RESHAPE where its tensors are no matrices.
    """
    tensors, ops = list(graph.tensors), list[Op]()
    version = operator(PRODUCT).versions.get(("int8",), 1)
    for op in graph.ops:
        if _fits(tensors, op):
            ops += product_of_rows(tensors, op.inputs[0], op.inputs[1], op.outputs[0], version)
        else:
            ops.append(op)
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _fits(tensors: list[Tensor], op: Op) -> bool:
    """Whether a layer is such a product, of weights [units, depth]."""
    if op.kind != "FULLY_CONNECTED" or len(op.inputs) < 2 or len(op.outputs) != 1:
        return False
    plain = op.fused_activation == "NONE"
    plain &= dict(op.attributes).get("weights_format", "DEFAULT") == "DEFAULT"
    if not plain or min(op.inputs[:2]) < 0 or any(t >= 0 for t in op.inputs[2:]):
        return False
    x, w, y = tensors[op.inputs[0]], tensors[op.inputs[1]], tensors[op.outputs[0]]
    scaled = [t.quantization for t in (x, w, y)]
    alike = all(by is not None and not by.per_channel for by in scaled)
    if not alike or {x.dtype, w.dtype, y.dtype} != {"int8"} or len(w.shape) != 2:
        return False
    units, depth = w.shape
    sizes = depth > 0 and x.size % depth == 0 and y.size == x.size // depth * units > 0
    return sizes and (not w.constant or w.zero_point != 0)


def product_of_rows(tensors: list[Tensor], x: int, w: int, y: int, version: int = 1) -> list[Op]:
    """The operators of y = x w^T, with x as rows [rows, depth] and w [units, depth]. tensors: get those
    between the operators. version: of BATCH_MATMUL.
    """
    units, depth = tensors[w].shape
    rows = tensors[x].size // depth
    before, given = _as_matrix(tensors, x, (rows, depth))
    after, made = _as_matrix(tensors, y, (rows, units))
    options = (("adj_x", False), ("adj_y", True), ("asymmetric_quantize_inputs", False))
    product = Op(PRODUCT, (given, w), (made,), options, version, options_type="BatchMatMulOptions")
    first = [reshape(tensors, x, given)] if before else []
    last = [reshape(tensors, made, y)] if after else []
    return [*first, product, *last]


def _as_matrix(tensors: list[Tensor], t: int, shape: tuple[int, int]) -> tuple[bool, int]:
    """Whether tensor t has to be reshaped to this shape, and a tensor that has it: itself or a new one.
    A constant has the same bytes in both.
    """
    tensor = tensors[t]
    if tensor.shape == shape:
        return False, t
    name = f"{tensor.name}/matrix"
    tensors.append(replace(tensor, name=name, shape=shape, shape_signature=None))
    return not tensor.constant, len(tensors) - 1
