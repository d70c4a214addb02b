"""DEQUANTIZE with QUANTIZE behind it, and QUANTIZE to the same scale, go where they are exact.

That is not derived but tried: every value that the input's type holds goes through the operators
and through what would replace them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from edgeq.cleanup.rewire import reading, same_type
from edgeq.cleanup.single import Single
from edgeq.errors import EdgeqError
from edgeq.graph import DTYPES, Graph, Op, Tensor
from edgeq.graph.tensor_rules import QUANTIZED_RANGES
from edgeq.opkit.node import Values
from edgeq.ops import bind_one, operator

TRIED = ("int8", "uint8", "int16")
"""Types of which all values are tried."""
MAX_TRIES = 512  # in one graph, a millisecond each


def cancel_quantize_pairs(graph: Graph) -> Graph:
    """The graph in which QUANTIZE reads the integers before a DEQUANTIZE, or is gone, where that
    gives the same integer for every input. What nothing reads then is left to
    `remove_dead_operators`.
    """
    instead, ops, makers = dict[int, int](), list[Op](), dict[int, Op]()
    outputs, tries = frozenset(graph.outputs), MAX_TRIES
    for given in graph.ops:
        op = reading(given, instead)
        makers |= dict.fromkeys(op.outputs, op)
        if tries and op.kind == "QUANTIZE" and len(op.inputs) == len(op.outputs) == 1:
            tries -= 1
            op, same = _shortened(op, makers, graph.tensors)
            if same and op.outputs[0] not in outputs:
                instead[op.outputs[0]] = op.inputs[0]
                continue
        ops.append(op)
    return replace(graph, ops=tuple(ops))


def _shortened(op: Op, makers: Mapping[int, Op], tensors: Sequence[Tensor]) -> tuple[Op, bool]:
    """The QUANTIZE, of the integers themselves where that is exact; and whether it gives back what
    it reads.
    """
    before = makers.get(op.inputs[0])
    chain = (before, op) if before is not None and before.kind == "DEQUANTIZE" else (op,)
    x, y = chain[0].inputs[0], op.outputs[0]
    if x < 0 or tensors[x].constant or tensors[x].dtype not in TRIED:
        return op, False
    direct = replace(op, inputs=(x,))
    expected = _all_values(chain, tensors)
    if expected is None:
        return op, False
    if same_type(tensors[x], tensors[y]) and np.array_equal(expected, _every(tensors[x])):
        return direct, True
    got = _all_values((direct,), tensors)
    return (direct if got is not None and np.array_equal(got, expected) else op), False


def _every(tensor: Tensor) -> Values:
    low, high = QUANTIZED_RANGES[tensor.dtype]
    return np.arange(low, high + 1).astype(DTYPES[tensor.dtype])


def _all_values(chain: Sequence[Op], tensors: Sequence[Tensor]) -> Values | None:
    """What the operators make of every value of the first one's input, [values]; None if one of
    them is refused.
    """
    count = len(_every(tensors[chain[0].inputs[0]]))
    values = _every(tensors[chain[0].inputs[0]])[None]
    flat = {
        t: replace(tensors[t], shape=(count,), shape_signature=None)
        for op in chain
        for t in (*op.inputs, *op.outputs)
    }
    for op in chain:
        try:
            node = bind_one(Single(op, flat).graph, 0)
            values = np.asarray(operator(op.kind).simulate(node, values))
        except EdgeqError:  # raised again, with the layer's name, where the graph is bound
            return None
    return np.asarray(values[0])
