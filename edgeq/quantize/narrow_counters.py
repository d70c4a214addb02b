"""Counters of int64 as int32, by which alone TFLM adds, casts and gathers whole numbers.

A variable is narrowed with all that a step computes of it where every value fits int32 whatever the
inputs are, as that of a counter that starts again at a limit or stays there. Others stay int64.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import DTYPES, Graph, Model, Op, Tensor
from edgeq.graph.variables import ASSIGN, READ
from edgeq.quantize.intervals import MOD, intervals
from edgeq.quantize.quantization_state import replace_main

WIDE, NARROW = "int64", "int32"
_VALUES = {READ, ASSIGN, MOD, "ADD", "SUB", "MINIMUM", "MAXIMUM"}
_TESTS = {"EQUAL", "NOT_EQUAL", "LESS", "LESS_EQUAL", "GREATER", "GREATER_EQUAL"}
_CAST = "CAST"


def with_narrow_counters(model: Model) -> Model:
    """The model with int32 in place of int64 for variables that provably fit; values stay."""
    graph = model.main
    if not any(graph.tensors[t].dtype == WIDE for t in graph.states):
        return model
    narrow = _narrow(graph)
    if not narrow.intersection(graph.states):
        return model
    tensors = [_narrowed(x) if t in narrow else x for t, x in enumerate(graph.tensors)]
    ops = tuple(_with_ends(tensors, narrow, op) for op in graph.ops)
    return replace_main(model, replace(graph, tensors=tuple(tensors), ops=ops))


def _narrow(graph: Graph) -> set[int]:
    """The int64 variables and what is computed of them, where these can all be int32 together."""
    tensors, known = graph.tensors, intervals(graph)
    fits = {t for t, ends in known.items() if _fits(*ends) and tensors[t].dtype == WIDE}
    narrow = {t for t in fits if not tensors[t].constant} - {*graph.inputs, *graph.outputs}
    while True:
        gone = set[int]()
        for op in graph.ops:
            ends = {t for t in (*op.inputs, *op.outputs) if t >= 0 and tensors[t].dtype == WIDE}
            others = {t for t in ends - narrow if t not in fits or not tensors[t].constant}
            if others or op.kind not in _VALUES | _TESTS | {_CAST}:
                gone |= ends & narrow
        if not gone:
            return narrow
        narrow -= gone


def _fits(low: int, high: int) -> bool:
    return low >= -(1 << 31) and high < 1 << 31


def _narrowed(tensor: Tensor) -> Tensor:
    buffer, initial = (_bytes(held) for held in (tensor.buffer, tensor.initial))
    return replace(tensor, dtype=NARROW, buffer=buffer, initial=initial)


def _bytes(held: bytes | None) -> bytes | None:
    values = None if held is None else np.frombuffer(held, DTYPES[WIDE].newbyteorder("<"))
    return None if values is None else values.astype("<i4").tobytes()


def _with_ends(tensors: list[Tensor], narrow: set[int], op: Op) -> Op:
    """The operator on int32 where it has such a tensor. tensors: get its constants."""
    if not narrow.intersection((*op.inputs, *op.outputs)):
        return op
    inputs = list(op.inputs)
    for place, t in enumerate(inputs):
        if tensors[t].dtype == WIDE:
            tensors.append(_narrowed(tensors[t]))
            inputs[place] = len(tensors) - 1
    given = "in_data_type" if op.kind == _CAST else None
    attributes = tuple((name, "INT32" if name == given else v) for name, v in op.attributes)
    return replace(op, inputs=tuple(inputs), attributes=attributes)
