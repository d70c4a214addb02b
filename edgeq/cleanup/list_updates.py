"""An element put into a list, which TensorFlow writes as the part before it, the element and the part
behind it joined, becomes DYNAMIC_UPDATE_SLICE.

The parts' sizes are computed, so that no single one of these operators has a shape that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from edgeq.graph import Graph, Op, Tensor

INDEX = "int32"


def update_lists(graph: Graph) -> Graph:
    """The graph with each CONCATENATION of x[:i], an element and x[i + 1:] as an update of x at i."""
    makers, tensors, ops = graph.makers(), list(graph.tensors), list[Op]()
    for op in graph.ops:
        found = _update(op, makers, tensors)
        ops += [op] if found is None else found
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _update(op: Op, makers: Mapping[int, Op], tensors: list[Tensor]) -> list[Op] | None:
    """The operators in place of a CONCATENATION, None where it is no update of a list."""
    if op.kind != "CONCATENATION" or len(op.inputs) != 3 or dict(op.attributes).get("axis") != 0:
        return None
    before, element, behind = op.inputs
    head, tail = makers.get(before), makers.get(behind)
    if head is None or tail is None or {head.kind, tail.kind} != {"SLICE"}:
        return None
    source, y, value = head.inputs[0], tensors[op.outputs[0]], tensors[element]
    shape = tensors[source].shape  # that of the result as well, whatever a file leaves open says
    if tail.inputs[0] != source or not shape or value.shape != (1, *shape[1:]):
        return None
    at = _leading(head.inputs[2], makers, tensors, -1)
    after = _leading(tail.inputs[1], makers, tensors, 0)
    starts = _all(tensors[head.inputs[1]], 0) and _all(tensors[tail.inputs[2]], -1)
    if at is None or after is None or not starts or not _is_next(at, after, makers, tensors):
        return None
    if y.shape != shape:  # left open, so that the next forward pass settles what depends on it
        tensors[op.outputs[0]] = replace(y, shape_signature=(-1, *shape[1:]))
    rank = len(shape)
    one = Tensor(f"{y.name}/one", (1,), INDEX, buffer=np.ones(1, "<i4").tobytes())
    zeros = Tensor(f"{y.name}/zeros", (rank - 1,), INDEX, buffer=bytes(4 * (rank - 1)))
    number = Tensor(f"{y.name}/number", (1,), INDEX)
    start = Tensor(f"{y.name}/start", (rank,), INDEX)
    k = len(tensors)
    tensors += [one, number, zeros, start]
    join = (("axis", 0), ("fused_activation_function", "NONE"))
    reshape = Op(
        "RESHAPE",
        (at, k),
        (k + 1,),
        options_type="ReshapeOptions",
        attributes=(("new_shape", (1,)),),
    )
    joined = Op(
        "CONCATENATION", (k + 1, k + 2), (k + 3,), join, options_type="ConcatenationOptions"
    )
    first, index = ([reshape, joined], k + 3) if rank > 1 else ([reshape], k + 1)
    update = Op("DYNAMIC_UPDATE_SLICE", (source, element, index), op.outputs)
    return [*first, update]


def _leading(t: int, makers: Mapping[int, Op], tensors: list[Tensor], others: int) -> int | None:
    """The int32 scalar that a vector begins with, whose other elements are all `others`."""
    op = makers.get(t)
    if op is None:
        return None
    if op.kind == "CONCATENATION" and len(op.inputs) == 2 and _all(tensors[op.inputs[1]], others):
        op = makers.get(op.inputs[0])
    elif tensors[t].shape != (1,):
        return None
    if op is None or op.kind not in ("RESHAPE", "EXPAND_DIMS"):
        return None
    scalar = tensors[op.inputs[0]]
    return op.inputs[0] if (scalar.dtype, scalar.size) == (INDEX, 1) else None


def _all(tensor: Tensor, value: int) -> bool:
    return tensor.constant and tensor.dtype == INDEX and bool(np.all(tensor.array == value))


def _is_next(at: int, after: int, makers: Mapping[int, Op], tensors: list[Tensor]) -> bool:
    """Whether a scalar is one more than another."""
    op = makers.get(after)
    if op is None or op.kind != "ADD" or len(op.inputs) != 2 or at not in op.inputs:
        return False
    if op.fused_activation != "NONE":
        return False
    other = op.inputs[1 - op.inputs.index(at)]
    return other >= 0 and _all(tensors[other], 1)
