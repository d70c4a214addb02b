"""STRIDED_SLICE of more than four axes, which TFLM does not take, between views of fewer.

An axis that is taken whole lies in memory as part of the axis before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeq.cleanup.single import Single
from edgeq.cleanup.tiles import reshape
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Op, Tensor
from edgeq.ops import bind_one
from edgeq.ops.strided_slice import Taken, axes

MOST_AXES = 4  # of TFLM's STRIDED_SLICE


@dataclass(frozen=True)
class Part:
    """What is taken of one axis: count elements from start on, by stride, of size."""

    size: int
    start: int
    count: int
    stride: int


def shorten_slices(graph: Graph) -> Graph:
    """The graph with long STRIDED_SLICE as RESHAPE, STRIDED_SLICE and RESHAPE."""
    tensors, ops = list(graph.tensors), list[Op]()
    for op in graph.ops:
        parts = _parts(op, tensors)
        ops += [op] if parts is None else _short(tensors, op, parts)
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _parts(op: Op, tensors: Sequence[Tensor]) -> tuple[Part, ...] | None:
    """What a long slice takes along merged axes; None for other operators, and where as many as
    before are left.
    """
    if op.kind != "STRIDED_SLICE" or not op.inputs or op.inputs[0] < 0:
        return None
    if len(tensors[op.inputs[0]].shape) <= MOST_AXES:
        return None
    try:
        taken = [a for a in axes(bind_one(Single(op, tensors).graph, 0)) if not a.new]
    except EdgeqError:  # raised again, with the layer's name, where the graph is bound
        return None
    parts = _merged(taken)
    return parts if 0 < len(parts) <= MOST_AXES else None


def _merged(taken: Sequence[Taken]) -> tuple[Part, ...]:
    """Axes taken whole joined to the axis before them, where that one is taken without gaps."""
    merged = list[Part]()
    for axis in taken:
        here = Part(axis.size, axis.start, axis.count, axis.stride)
        whole = axis.count == axis.size and axis.stride == 1
        last = merged[-1] if merged else None
        if axis.size == 1 and whole:
            continue
        if whole and last is not None and last.stride == 1:
            n = axis.size
            merged[-1] = Part(last.size * n, last.start * n, last.count * n, 1)
        else:
            merged.append(here)
    return tuple(merged)


def _short(tensors: list[Tensor], op: Op, parts: Sequence[Part]) -> list[Op]:
    x, y = tensors[op.inputs[0]], tensors[op.outputs[0]]
    view = replace(x, name=f"{y.name}/view", shape=tuple(p.size for p in parts), buffer=None)
    made = replace(y, name=f"{y.name}/slice", shape=tuple(p.count for p in parts))
    tensors += [view, made]
    source, taken = len(tensors) - 2, len(tensors) - 1
    backwards = sum(1 << k for k, p in enumerate(parts) if p.start + p.count * p.stride < 0)
    bounds = (
        [p.start for p in parts],
        [p.start + p.count * p.stride for p in parts],
        [p.stride for p in parts],
    )
    given = []
    for name, values in zip(("begin", "end", "strides"), bounds, strict=True):
        content = np.array(values, "<i4").tobytes()
        tensors.append(Tensor(f"{y.name}/{name}", (len(parts),), "int32", None, content))
        given.append(len(tensors) - 1)
    attributes = {"end_mask": backwards, "begin_mask": 0, "ellipsis_mask": 0}
    attributes |= {"new_axis_mask": 0, "shrink_axis_mask": 0, "offset": False}
    kept = tuple((name, attributes.get(name, value)) for name, value in op.attributes)
    return [
        reshape(tensors, op.inputs[0], source),
        replace(op, inputs=(source, *given), outputs=(taken,), attributes=kept),
        reshape(tensors, taken, op.outputs[0]),
    ]
