"""Between which values a model's integer variables stay at every step, whatever its inputs are.

An interval holds where what a variable starts with lies in it and, of a step that begins within the
intervals of all variables, what it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from edgeq.graph import DTYPES, Graph, Op, Tensor, initial_bytes
from edgeq.graph.variables import ASSIGN, READ

Interval = tuple[int, int]
"""The least and the largest value of an integer tensor."""
COUNTING = ("int32", "int64")
MOD = "FLOOR_MOD"
_FIRST = 2  # steps that are followed value by value
_FAR = 1 << 30  # an end that grew by then is tried here, from where a limit may take it back


def intervals(graph: Graph) -> Mapping[int, Interval]:
    """The intervals of int32 and int64 variables, and of the tensors that a step computes of them and
    of constants alone, where one is known.
    """
    start = {t: _of_values(initial_bytes(v), v) for t, v in _counters(graph).items()}
    held = dict(start)
    for _ in range(_FIRST):
        before, left = held, _left(graph, held)
        held = {t: _hull(held[t], left[t]) for t in held if t in left}
    far = {t: _beyond(before[t], now) for t, now in held.items()}
    left = _left(graph, far)
    held = {t: _hull(start[t], left[t]) for t in far if t in left}
    while held:
        found = dict(held)
        left = _left(graph, held, found)
        kept = {t: now for t, now in held.items() if t in left and _hull(now, left[t]) == now}
        if kept == held:
            return found
        held = kept
    return {}


def remainder_limit(graph: Graph, op: Op) -> int:
    """n of an operator that is x % n of integers with one positive constant n; 0 for others."""
    if op.kind != MOD or graph.tensors[op.outputs[0]].dtype not in COUNTING:
        return 0
    divisor = graph.tensors[op.inputs[1]]
    return max(int(divisor.array.reshape(())), 0) if divisor.constant and divisor.size == 1 else 0


def _counters(graph: Graph) -> Mapping[int, Tensor]:
    variables = {t: graph.tensors[t] for t in graph.states}
    return {t: v for t, v in variables.items() if v.dtype in COUNTING}


def _left(
    graph: Graph, held: Mapping[int, Interval], found: dict[int, Interval] | None = None
) -> dict[int, Interval]:
    """The interval of each variable at the end of a step, where it is known. held: the intervals at
    its beginning; found: gets those of the tensors that the step computes.
    """
    now, found = dict(held), {} if found is None else found
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
        elif limit := remainder_limit(graph, op):
            found[op.outputs[0]] = 0, limit - 1
        elif op.kind in _ENDS and _is_plain(op) and all(t in found for t in op.inputs):
            low, high = _ENDS[op.kind](*(found[t] for t in op.inputs))
            if low >= -(1 << 31) and high < 1 << 31:
                found[op.outputs[0]] = low, high
        else:
            for t in op.outputs:
                now.pop(t, None)
    return now


_ENDS: Mapping[str, Callable[[Interval, Interval], Interval]] = {
    "ADD": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "SUB": lambda a, b: (a[0] - b[1], a[1] - b[0]),
    "MINIMUM": lambda a, b: (min(a[0], b[0]), min(a[1], b[1])),
    "MAXIMUM": lambda a, b: (max(a[0], b[0]), max(a[1], b[1])),
}
"""The interval of what an operator gives of two intervals."""


def _is_plain(op: Op) -> bool:
    return dict(op.attributes).get("fused_activation_function", "NONE") == "NONE"


def _of_values(held: bytes, tensor: Tensor) -> Interval:
    values = np.frombuffer(held, DTYPES[tensor.dtype].newbyteorder("<"))
    return (int(values.min()), int(values.max())) if values.size else (0, 0)


def _hull(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])


def _beyond(before: Interval, now: Interval) -> Interval:
    """An interval with the ends that grew far out."""
    return (
        now[0] if now[0] == before[0] else min(now[0], -_FAR),
        now[1] if now[1] == before[1] else max(now[1], _FAR),
    )
