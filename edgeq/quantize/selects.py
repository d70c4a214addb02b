"""Choices as operators that TFLM runs: SELECT of tensors with one shape as SELECT_V2, the only one of the
two that it has, and choices of int32 and bool, which it lacks, as products and logic.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Model, Op, Tensor
from edgeq.quantize.rewrite import rewritten

NO_ACTIVATION = (("fused_activation_function", "NONE"),)


def with_select_v2(model: Model) -> Model:
    """The model, branches and loops included, with SELECT_V2 for each SELECT whose inputs have one
    shape; values stay the same.
    """
    return rewritten(model, _select_v2)


def _select_v2(tensors: list[Tensor], op: Op) -> list[Op]:
    alike = len({tensors[t].shape for t in op.inputs if t >= 0}) == 1
    if op.kind != "SELECT" or not alike:
        return [op]
    return [replace(op, kind="SELECT_V2", version=1, options_type="SelectV2Options")]


def with_products(model: Model) -> Model:
    """The model, branches and loops included, with a * c for each where(c, a, 0) of int32, and
    b - b * c for where(c, 0, b), c as 0 or 1; with logic for choices of bool of which one is
    constant, where(c, true, b) as c or b; others stay.
    """
    return rewritten(model, lambda tensors, op: _logic(tensors, op) or _products(tensors, op))


def _products(tensors: list[Tensor], op: Op) -> list[Op]:
    if op.kind != "SELECT_V2" or tensors[op.outputs[0]].dtype != "int32":
        return [op]
    y = tensors[op.outputs[0]]
    condition, a, b = op.inputs
    for value, other in ((a, b), (b, a)):
        shapes = (tensors[condition].shape, tensors[value].shape)
        if _is_zero(tensors[other]) and np.broadcast_shapes(*shapes) == y.shape:
            break
    else:
        return [op]
    if value == a:
        return kept_where(tensors, condition, a, op.outputs[0])
    tensors.append(replace(y, name=f"{y.name}/dropped"))
    dropped = len(tensors) - 1
    rest = Op("SUB", (b, dropped), op.outputs, NO_ACTIVATION, options_type="SubOptions")
    return [*kept_where(tensors, condition, b, dropped), rest]


def _logic(tensors: list[Tensor], op: Op) -> list[Op]:
    """A choice of bool as logic; nothing for others."""
    if op.kind != "SELECT_V2" or tensors[op.outputs[0]].dtype != "bool":
        return []
    y = tensors[op.outputs[0]]
    condition, a, b = op.inputs
    constant, value = (a, b) if tensors[a].constant else (b, a)
    held, shapes = tensors[constant], (tensors[condition].shape, tensors[value].shape)
    if not held.constant or held.size != 1 or np.broadcast_shapes(*shapes) != y.shape:
        return []
    ops, flag = list[Op](), bool(held.array.all())
    # where(c, true, b) is c or b, where(c, a, false) c and a; the other two begin with not c.
    if flag != (constant == a):
        tensors.append(replace(tensors[condition], name=f"{y.name}/not", buffer=None))
        inverse = (len(tensors) - 1,)
        ops.append(Op("LOGICAL_NOT", (condition,), inverse, options_type="LogicalNotOptions"))
        (condition,) = inverse
    kind = ("LOGICAL_OR", "LogicalOrOptions") if flag else ("LOGICAL_AND", "LogicalAndOptions")
    return [*ops, Op(kind[0], (condition, value), op.outputs, options_type=kind[1])]


def _is_zero(tensor: Tensor) -> bool:
    return tensor.constant and not tensor.array.any()


def kept_where(tensors: list[Tensor], condition: int, x: int, y: int) -> list[Op]:
    """The operators that give x where a condition holds and 0 elsewhere, of int32. y: their output.
    tensors: get those between.
    """
    flag = tensors[condition]
    tensors.append(replace(flag, name=f"{tensors[y].name}/factor", dtype="int32", buffer=None))
    factor = len(tensors) - 1
    kinds = (("in_data_type", "BOOL"), ("out_data_type", "INT32"))
    return [
        Op("CAST", (condition,), (factor,), kinds, options_type="CastOptions"),
        Op("MUL", (x, factor), (y,), NO_ACTIVATION, options_type="MulOptions"),
    ]
