"""Two TRANSPOSE in a row become one, or none where the second undoes the first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.cleanup.rewire import read_once, reading, same_type
from edgeq.graph import Graph, Op, Tensor

Permutation = tuple[int, ...]


def cancel_transpose_pairs(graph: Graph) -> Graph:
    """The graph with each TRANSPOSE of a TRANSPOSE merged into it.

    The first of a pair is left to `remove_dead_operators`. A pair that is the identity goes
    whole, unless its output is one of the graph.
    """
    tensors, once, outputs = list(graph.tensors), read_once(graph), frozenset(graph.outputs)
    made, instead, ops = dict[int, tuple[int, Permutation]](), dict[int, int](), list[Op]()
    for given in graph.ops:
        op, axes = reading(given, instead), _permutation(given, tensors)
        if axes is None:
            ops.append(op)
            continue
        y, source = op.outputs[0], op.inputs[0]
        before, first = made.get(source, (source, tuple(range(len(axes)))))
        whole = tuple(first[axis] for axis in axes)
        undone = same_type(tensors[before], tensors[y]) and whole == tuple(range(len(whole)))
        if before != source and undone and y not in outputs:
            instead[y] = before
            continue
        if before != source and source in once:
            tensors.append(_permuting(whole, tensors[op.inputs[1]]))
            op = replace(op, inputs=(before, len(tensors) - 1))
            made[y] = before, whole
        else:
            made[y] = source, axes
        ops.append(op)
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _permutation(op: Op, tensors: list[Tensor]) -> Permutation | None:
    """The axes of a TRANSPOSE by a constant; None for everything else, as for invalid axes."""
    if op.kind != "TRANSPOSE" or len(op.inputs) != 2 or len(op.outputs) != 1 or min(op.inputs) < 0:
        return None
    x, axes = (tensors[t] for t in op.inputs)
    if not axes.constant or axes.dtype != "int32" or axes.size != len(x.shape):
        return None
    found = tuple(axis + len(x.shape) * (axis < 0) for axis in axes.array.ravel().tolist())
    return found if sorted(found) == list(range(len(x.shape))) else None


def _permuting(axes: Permutation, like: Tensor) -> Tensor:
    return replace(like, shape=(len(axes),), buffer=np.array(axes, "<i4").tobytes())
