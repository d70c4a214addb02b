"""Counters that start again at a limit, (v + 1) % n of a variable v, without FLOOR_MOD, which TFLM has on
float32 alone, and edgeq on no int64.

Where a variable stays within 0 and n - 1 whatever the input is, x % n of x = v + 1 is x * (x < n).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from edgeq.graph import DTYPES, Graph, Model, Op, Tensor, initial_bytes
from edgeq.graph.variables import ASSIGN, READ
from edgeq.quantize.quantization_state import replace_main
from edgeq.quantize.selects import kept_where

Interval = tuple[int, int]
"""The least and the largest value of an integer tensor."""
ROUNDS = 4  # in which the intervals of counters stop growing; those of others never do
MOD = "FLOOR_MOD"
COUNTING = ("int32", "int64")


def with_plain_counters(model: Model) -> Model:
    """The model without FLOOR_MOD of int32 and int64 values of variables that are at most the limit; values stay.

    A variable's interval is what it starts with and what a step leaves in it, found round by round.
    """
    graph = model.main
    if not any(_remainder(graph, op) for op in graph.ops):
        return model
    intervals = _intervals(graph)
    tensors, ops = list(graph.tensors), list[Op]()
    for op in graph.ops:
        known = intervals.get(op.inputs[0]) if _remainder(graph, op) else None
        if known is not None and known[0] >= 0 and known[1] <= _limit(graph, op):
            ops += _product(tensors, op)
        else:
            ops.append(op)
    return replace_main(model, replace(graph, tensors=tuple(tensors), ops=tuple(ops)))


def _remainder(graph: Graph, op: Op) -> bool:
    """Whether an operator is x % n of integers with one positive constant n."""
    if op.kind != MOD or graph.tensors[op.outputs[0]].dtype not in COUNTING:
        return False
    divisor = graph.tensors[op.inputs[1]]
    return divisor.constant and divisor.size == 1 and _limit(graph, op) > 0


def _limit(graph: Graph, op: Op) -> int:
    return int(graph.tensors[op.inputs[1]].array.reshape(()))


def _product(tensors: list[Tensor], op: Op) -> list[Op]:
    """The operators that give x * (x < n) in place of x % n; of int64, which has no products, a choice."""
    y = tensors[op.outputs[0]]
    tensors.append(replace(y, name=f"{y.name}/below", dtype="bool"))
    below = len(tensors) - 1
    less = Op("LESS", op.inputs, (below,), options_type="LessOptions")
    if y.dtype == "int32":
        return [less, *kept_where(tensors, below, op.inputs[0], op.outputs[0])]
    tensors.append(Tensor(f"{y.name}/start", (), y.dtype, buffer=bytes(DTYPES[y.dtype].itemsize)))
    choice = (below, op.inputs[0], len(tensors) - 1)
    return [less, Op("SELECT_V2", choice, op.outputs, options_type="SelectV2Options")]


def _intervals(graph: Graph) -> Mapping[int, Interval]:
    """The intervals of the tensors of which one is known at every step."""
    held = {t: _of_values(initial_bytes(v), v) for t, v in _counters(graph).items()}
    for _ in range(ROUNDS):
        found = dict[int, Interval]()
        left = _left(graph, held, found)
        grown = {t: _hull(held[t], left[t]) for t in held if t in left}
        if grown == held:
            return found
        held = grown
    return {}


def _counters(graph: Graph) -> Mapping[int, Tensor]:
    variables = {t: graph.tensors[t] for t in graph.states}
    return {t: v for t, v in variables.items() if v.dtype in COUNTING}


def _left(
    graph: Graph, held: Mapping[int, Interval], found: dict[int, Interval]
) -> dict[int, Interval]:
    """The interval of each variable at the end of a step, where it is known. held: the intervals at its
    beginning; found: gets those of the tensors that the step computes.
    """
    now = dict(held)
    for t, tensor in enumerate(graph.tensors):
        if tensor.constant and tensor.dtype in COUNTING and tensor.size:
            found[t] = _of_values(tensor.array.tobytes(), tensor)
    for op in graph.ops:
        if op.regions:
            now.clear()  # what loops and branches assign is not followed
        elif op.kind == READ and op.inputs[0] in now:
            found[op.outputs[0]] = now[op.inputs[0]]
        elif op.kind == ASSIGN:
            given = found.get(op.inputs[1])
            now.pop(op.inputs[0], None)
            if given is not None:
                now[op.inputs[0]] = given
        elif op.kind == MOD and _remainder(graph, op):
            found[op.outputs[0]] = 0, _limit(graph, op) - 1
        elif op.kind == "ADD" and all(t in found for t in op.inputs):
            (a, b), (c, d) = (found[t] for t in op.inputs)
            if a + c >= -(1 << 31) and b + d < 1 << 31:
                found[op.outputs[0]] = a + c, b + d
        else:
            for t in op.outputs:
                now.pop(t, None)
    return now


def _of_values(held: bytes, tensor: Tensor) -> Interval:
    values = np.frombuffer(held, DTYPES[tensor.dtype].newbyteorder("<"))
    return int(values.min(initial=0)), int(values.max(initial=0))


def _hull(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])
