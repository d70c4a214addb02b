"""Counters that start again at a limit, (v + 1) % n of a variable v, without FLOOR_MOD, which TFLM has on
float32 alone, and edgeq on no int64.

Where a variable stays within 0 and n - 1 whatever the input is, x % n of x = v + 1 is x * (x < n).
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph import DTYPES, Model, Op, Tensor
from edgeq.quantize.intervals import intervals, remainder_limit
from edgeq.quantize.quantization_state import replace_main
from edgeq.quantize.selects import kept_where


def with_plain_counters(model: Model) -> Model:
    """The model without FLOOR_MOD of int32 and int64 values of variables that are at most the limit;
    values stay.
    """
    graph = model.main
    if not any(remainder_limit(graph, op) for op in graph.ops):
        return model
    known, tensors, ops = intervals(graph), list(graph.tensors), list[Op]()
    for op in graph.ops:
        limit = remainder_limit(graph, op)
        low, high = known.get(op.inputs[0], (-1, 0)) if limit else (-1, 0)
        ops += _product(tensors, op) if low >= 0 and high <= limit else [op]
    return replace_main(model, replace(graph, tensors=tuple(tensors), ops=tuple(ops)))


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
