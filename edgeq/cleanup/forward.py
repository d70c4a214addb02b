"""The forward pass: in the order of execution, each operator's output shapes are settled, and what
depends on constants alone becomes a constant.

Folding needs settled shapes and shapes need folded constants (RESHAPE by a computed shape), so one
pass does both.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from edgeq.cleanup.budget import Budget
from edgeq.cleanup.fold_constants import fold_by_simulation
from edgeq.cleanup.fold_float16 import fold_float16
from edgeq.cleanup.fold_integers import fold_integers
from edgeq.cleanup.fold_shape_queries import fold_shape_query
from edgeq.cleanup.infer_shapes import infer_shapes
from edgeq.cleanup.single import Constants, Single
from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.legal import MAX_ELEMENTS
from edgeq.opkit.node import Values

FOLDS = (fold_shape_query, fold_integers, fold_float16, fold_by_simulation)
"""Each gives the values of an operator's outputs, or None where it does not know them; the first
that does is taken.
"""


def settle_forward(graph: Graph, budget: Budget) -> Graph:
    """The graph with settled shapes and without the operators whose outputs are constants now.

    Operators that compute an output of the graph stay. Of what a branch or loop gives, sizes that the
    file leaves open are not known before its regions are clean; what is computed from them waits.
    """
    tensors, ops, settled, waiting = list(graph.tensors), list[Op](), set[int](), set[int]()
    outputs = frozenset(graph.outputs)
    for op in graph.ops:
        shapes = infer_shapes(Single(op, tensors), settled)
        if waiting.intersection(op.inputs) or (op.regions and not shapes and _open(op, tensors)):
            waiting.update(op.outputs)
        for index, shape in shapes.items():
            if shape != tensors[index].shape and prod(shape) <= MAX_ELEMENTS:
                tensors[index] = replace(tensors[index], shape=shape, shape_signature=None)
                settled.add(index)
        stays = outputs.intersection(op.outputs) or waiting.intersection(op.outputs)
        found = None if stays else _fold(Single(op, tensors), budget)
        if found is None:
            ops.append(op)
            continue
        for index, value in zip(op.outputs, found, strict=True):
            tensors[index] = _constant(tensors[index], value)
        settled.update(op.outputs)
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _open(op: Op, tensors: list[Tensor]) -> bool:
    """Whether the file leaves sizes of an output open."""
    return any(-1 in (tensors[t].shape_signature or ()) for t in op.outputs)


def _fold(single: Single, budget: Budget) -> Constants | None:
    if not single.foldable:
        return None
    return next((found for fold in FOLDS if (found := fold(single, budget)) is not None), None)


def _constant(tensor: Tensor, value: Values) -> Tensor:
    little_endian = value.astype(value.dtype.newbyteorder("<")).tobytes()
    return replace(tensor, shape=value.shape, shape_signature=None, buffer=little_endian)
