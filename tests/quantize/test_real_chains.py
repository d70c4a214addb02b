"""Operators without integer arithmetic stay float32 between DEQUANTIZE and QUANTIZE, and so does
what lies between two of them.
"""

import numpy as np
from ops.harness import constant

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.chains import Chain
from edgeq.quantize.assemble import assemble
from edgeq.quantize.quantization_state import QuantizationState, Range
from edgeq.quantize.real_chains import only_on_reals, real_chains, with_real_chains
from edgeq.quantize.scale_groups import scale_groups

SHAPE = (1, 6)
NONE = (("fused_activation_function", "NONE"),)


def softplus() -> Graph:
    """ABS, then EXP, ADD and LOG, then RELU."""
    one = constant("one", np.ones((1,), np.float32))
    tensors = (*(Tensor(name, SHAPE, "float32") for name in "xabcdy"), one)
    ops = (
        Op("ABS", (0,), (1,)),
        Op("EXP", (1,), (2,)),
        Op("ADD", (2, 6), (3,), NONE, options_type="AddOptions"),
        Op("LOG", (3,), (4,)),
        Op("RELU", (4,), (5,)),
    )
    return Graph(tensors, ops, (0,), (5,))


def test_operators_of_floats_alone_are_told_by_their_type_rules() -> None:
    assert only_on_reals(Op("SQRT", (0,), (1,)))
    assert only_on_reals(Op("CAST", (0,), (1,)))
    assert not only_on_reals(Op("ABS", (0,), (1,)))
    assert not only_on_reals(Op("LOGICAL_NOT", (0,), (1,)))


def test_a_chain_reaches_from_the_first_to_behind_the_last_of_them() -> None:
    assert real_chains(softplus()) == (Chain((1, 2, 3, 4), 1, 5),)


def test_what_lies_between_stays_real() -> None:
    ranges = {t: Range(-3.0, 4.0) for t in range(6)}
    state = with_real_chains(QuantizationState(Model((softplus(),)), ranges))
    assert state.dtypes == {2: "float32", 3: "float32", 4: "float32"}
    made = assemble(state).main
    kinds = ["ABS", "DEQUANTIZE", "EXP", "ADD", "LOG", "RELU", "QUANTIZE"]
    assert [op.kind for op in made.ops] == kinds
    assert [made.tensors[t].dtype for op in made.ops for t in op.outputs][1:6] == ["float32"] * 5


def test_a_select_within_a_chain_groups_no_scales() -> None:
    """One scale for e**x and what stands in for it would leave little of the latter."""
    condition = Tensor("p", SHAPE, "bool")
    tensors = (*(Tensor(name, SHAPE, "float32") for name in "xey"), condition)
    zero = constant("zero", np.zeros((1,), np.float32))
    ops = (
        Op("EXP", (0,), (1,)),
        Op("GREATER", (0, 4), (3,)),
        Op("SELECT_V2", (3, 0, 1), (2,)),
    )
    graph = Graph((*tensors, zero), ops, (0,), (2,))
    assert real_chains(graph) == (Chain((0, 1, 2), 0, 2),)
    assert frozenset({0, 2}) not in scale_groups(graph)
