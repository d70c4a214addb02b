"""Chains of elementwise operators from one int8 tensor to another as one table of 256 results each.

What an element becomes depends on nothing but itself, so computing all 256 values ahead gives the
bytes that the operators give, whatever types lie between: DEQUANTIZE, EXP, ADD, LOG and QUANTIZE of
"softplus", or LOGISTIC and MUL of "silu".
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.chains import Chain, find_chains
from edgeq.opkit.node import Values
from edgeq.ops import bind, compute, operator

KIND, VALUES = "LOOKUP", 256


def with_lookups(graph: Graph) -> Graph:
    """The graph with one LOOKUP in place of each chain of two or more operators. Tensors keep their
    indices; those within a chain are not computed any more.
    """

    def worth(chain: Chain) -> int:
        x, y = (graph.tensors[t] for t in (chain.x, chain.y))
        int8 = all(t.dtype == "int8" and not t.constant for t in (x, y))
        return len(chain.ops) if int8 and x.shape == y.shape and len(chain.ops) > 1 else 0

    chains = find_chains(graph, lambda op: operator(op.kind).elementwise, worth)
    if not chains:
        return graph
    tensors, made, gone = list(graph.tensors), dict[int, Op](), set[int]()
    for chain in chains:
        name, table = f"{tensors[chain.y].name}/table", _table(graph, chain)
        tensors.append(Tensor(name, table.shape, "int8", buffer=table.tobytes()))
        made[chain.ops[-1]] = Op(KIND, (chain.x, len(tensors) - 1), (chain.y,))
        gone.update(chain.ops[:-1])
    ops = tuple(made.get(k, op) for k, op in enumerate(graph.ops) if k not in gone)
    return replace(graph, tensors=tuple(tensors), ops=ops)


def _table(graph: Graph, chain: Chain) -> Values:
    """What a chain of element-wise operators gives for each value of its int8 input: int8 [256], in the
    order of the input's bits read as unsigned.
    """
    ops = tuple(graph.ops[k] for k in chain.ops)
    within = {chain.x, *(t for op in ops for t in op.outputs)}
    single = {t for op in ops for t in op.inputs} - within

    def sized(index: int, tensor: Tensor) -> Tensor:
        if index in single:  # at every element, for SELECT broadcasts nothing
            data = np.repeat(tensor.array, VALUES).tobytes()
            tensor = replace(tensor, buffer=data, codebook=None)
        shape = (VALUES,) if index in within | single else tensor.shape
        return replace(tensor, shape=shape, shape_signature=None)

    tensors = tuple(sized(k, t) for k, t in enumerate(graph.tensors))
    alone = replace(graph, tensors=tensors, ops=ops, inputs=(chain.x,), outputs=(chain.y,))
    every = np.arange(VALUES, dtype=np.uint8).view(np.int8)
    values: dict[int, Values] = {t: x.array[None] for t, x in enumerate(tensors) if x.constant}
    values[chain.x] = every[None]
    compute(alone, bind(alone), values, (chain.y,))
    return np.ascontiguousarray(np.broadcast_to(values[chain.y], (1, VALUES))[0])
