"""Chains of elementwise operators that are computed on real numbers from end to end.

Where one of them has no integer arithmetic, as EXP and LOG in "softplus" or "selu", it stays float32
between DEQUANTIZE and QUANTIZE. Its neighbours then stay so too: a step in integers between two of
reals would round, and e**x of a usual range leaves int8 nothing for small values. Generated C computes
such a chain by one table of 256 results (`edgeq/plan/lookups.py`).
"""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph import Graph, Op
from edgeq.opkit.chains import Chain, find_chains
from edgeq.ops import operator, supported
from edgeq.quantize.quantization_state import QuantizationState, is_activation


def only_on_reals(op: Op) -> bool:
    """Whether an operator computes floats and has no arithmetic on quantized integers."""
    if op.kind not in supported():
        return False
    known = operator(op.kind)
    floats = any("float32" in made for made in known.types.values())
    return known.on_reals or (floats and not any("int8" in given for given in known.types))


def _elementwise(op: Op) -> bool:
    return op.kind in supported() and operator(op.kind).elementwise


def real_chains(graph: Graph) -> tuple[Chain, ...]:
    """The chains of a float graph from one real activation to another with an operator that has no
    integer arithmetic.
    """

    def worth(chain: Chain) -> int:
        ends = (graph.tensors[t] for t in (chain.x, chain.y))
        reals = sum(only_on_reals(graph.ops[k]) for k in chain.ops)
        return reals if all(map(is_activation, ends)) else 0

    return find_chains(graph, _elementwise, worth)


def with_real_chains(state: QuantizationState) -> QuantizationState:
    """The state with float32 as the type of what lies between the ends of chains."""
    graph = state.graph
    made = {
        t
        for chain in real_chains(graph)
        for k in chain.ops
        for t in graph.ops[k].outputs
        if t != chain.y and is_activation(graph.tensors[t])
    }
    return replace(state, dtypes={**dict.fromkeys(made, "float32"), **state.dtypes})
