"""TRANSPOSE of many axes as one of fewer: axes that stay beside each other are one, and those of size 1
none. TFLM takes 5 at most, and tflite-runtime 2.14 as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from edgeq.cleanup.tiles import reshape
from edgeq.graph import Model, Op, Tensor

MOST = 5  # axes


@dataclass(frozen=True)
class Merged:
    """The shape of fewer axes, and which of them each axis of the result is."""

    shape: tuple[int, ...]
    order: tuple[int, ...]


def merged(shape: Sequence[int], order: Sequence[int]) -> Merged:
    """Of the shape and the order of a TRANSPOSE, that of the fewest axes that moves the same values."""
    moving = [axis for axis in order if shape[axis] != 1]
    place = {axis: k for k, axis in enumerate(sorted(moving))}
    runs = list[list[int]]()
    for axis in moving:
        if runs and place[axis] == place[runs[-1][-1]] + 1:
            runs[-1].append(axis)
        else:
            runs.append([axis])
    before = sorted(runs)
    sizes = tuple(prod(shape[axis] for axis in run) for run in before)
    return Merged(sizes, tuple(before.index(run) for run in runs))


def with_merged_axes(model: Model) -> Model:
    """The model whose TRANSPOSE have at most `MOST` axes where fewer do, between RESHAPE."""
    graph = model.main
    tensors, ops = list(graph.tensors), list[Op]()
    for op in graph.ops:
        given = graph.tensors[op.inputs[0]] if op.kind == "TRANSPOSE" else None
        if given is None or len(given.shape) <= MOST or not graph.tensors[op.inputs[1]].constant:
            ops.append(op)
            continue
        name, order = graph.tensors[op.outputs[0]].name, graph.tensors[op.inputs[1]].array
        fewer = merged(given.shape, [int(axis) for axis in order])
        moved = tuple(fewer.shape[axis] for axis in fewer.order)
        content = np.array(fewer.order, "<i4").tobytes()
        k = len(tensors)
        tensors += [
            Tensor(f"{name}/merged", fewer.shape, given.dtype),
            Tensor(f"{name}/order", (len(fewer.order),), "int32", buffer=content),
            Tensor(f"{name}/moved", moved, given.dtype),
        ]
        ops += [
            reshape(tensors, op.inputs[0], k),
            replace(op, inputs=(k, k + 1), outputs=(k + 2,), version=1),
            reshape(tensors, k + 2, op.outputs[0]),
        ]
    if len(ops) == len(graph.ops):
        return model
    main = replace(graph, tensors=tuple(tensors), ops=tuple(ops))
    return replace(model, graphs=(main, *model.graphs[1:]))
