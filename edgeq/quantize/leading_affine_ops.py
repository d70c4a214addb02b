"""Additions, subtractions, multiplications and divisions by constants with which a float model
begins, combined to y = (x - shift) * factor per element.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.graph import Graph, Op
from edgeq.opkit.input_affine import VIEWS, only_reader, readers
from edgeq.quantize.quantization_state import (
    Floats,
)

STEPS = frozenset({"ADD", "SUB", "MUL", "DIV"})


@dataclass(frozen=True, eq=False)
class AffineOps:
    """Consecutive operators from a model input on.

    ops: all of them, in order.
    affine: those that compute; the others are views.
    y: output tensor of the last one.
    shift, factor: float64 [elements of y], y = (x - shift) * factor.
    """

    ops: tuple[int, ...]
    affine: frozenset[int]
    y: int
    shift: Floats
    factor: Floats


def leading_affine_ops(graph: Graph, t: int, first: int | None = None) -> AffineOps | None:
    """The longest chain of affine operators and views that starts at tensor t, each the only reader of
    the one before; None without one, or where no finite float32 shift and factor equal it.

    first: the operator that starts the chain, where tensor t may have other readers too.
    """
    users, found = readers(graph), None
    index = only_reader(users, t) if first is None else first
    elements = graph.tensors[t].size
    shift, factor, ops, affine = np.zeros(elements), np.ones(elements), list[int](), list[int]()
    while index is not None:
        op = graph.ops[index]
        constant = _constant(graph, op, t)
        if constant is not None:
            shift, factor = _followed(op, op.inputs[0] == t, constant, shift, factor)
            affine.append(index)
        elif op.kind not in VIEWS or op.inputs[0] != t:
            break
        ops.append(index)
        t = op.outputs[0]
        if constant is not None:
            found = AffineOps(tuple(ops), frozenset(affine), t, shift, factor)
        index = only_reader(users, t)
    finite = found is not None and all(
        np.isfinite(v.astype(np.float32)).all() for v in (found.shift, found.factor)
    )
    return found if finite else None


def _constant(graph: Graph, op: Op, t: int) -> Floats | None:
    """The constant operand of an ADD, SUB, MUL or DIV, broadcast to each element of its output;
    None for any other operator.
    """
    others = [i for i in op.inputs if i != t]
    binary = len(op.inputs) == 2 and len(others) == 1 and others[0] >= 0
    if op.kind not in STEPS or op.fused_activation != "NONE" or not binary:
        return None
    other, y = graph.tensors[others[0]], graph.tensors[op.outputs[0]]
    divides = op.kind == "DIV" and op.inputs[0] != t
    if not other.constant or other.dtype != "float32" or y.size != graph.tensors[t].size or divides:
        return None
    return np.broadcast_to(other.array.astype(np.float64), y.shape).ravel()


def _followed(
    op: Op, x_first: bool, c: Floats, shift: Floats, factor: Floats
) -> tuple[Floats, Floats]:
    """Shift and factor after one more affine operator with constant c; infinite or NaN where no
    finite ones exist.

    x_first: whether the computed operand is the first, as in x - c.
    """
    with np.errstate(all="ignore"):
        if op.kind == "MUL":
            return shift, factor * c
        if op.kind == "DIV":
            return shift, factor / c
        moved = np.where(c == 0, 0.0, c / factor)
        if op.kind == "ADD":
            return shift - moved, factor
        return (shift + moved, factor) if x_first else (shift + moved, -factor)
