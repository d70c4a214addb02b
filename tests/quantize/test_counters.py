"""Counters that start again at a limit keep their values without FLOOR_MOD, where that is proved."""

import numpy as np
import pytest
from ops.harness import constant, quantized
from ops.loops import flag, if_op
from ops.streaming import variable

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.counters import with_plain_counters
from edgeq.simulate.execute import execute, random_inputs

NONE = (("fused_activation_function", "NONE"),)
LIMIT = 3


def counter(
    start: int = 0, step: int = 1, twice: bool = False, limit: int = LIMIT, dtype: str = "int32"
) -> Model:
    """A variable and what it counts up to: (v + step) % limit. twice: v + step is assigned as well, and
    read again.
    """
    tensors = (
        quantized("x", (1, 2)),
        variable("v", np.array([start], dtype)),
        Tensor("read", (1,), dtype),
        constant("step", np.array([step], dtype)),
        Tensor("more", (1,), dtype),
        Tensor("again", (1,), dtype),
        constant("limit", np.array(limit, dtype)),
        Tensor("place", (1,), dtype),
    )
    add = Op("ADD", (2, 3), (4,), NONE, options_type="AddOptions")
    again = (Op("ASSIGN_VARIABLE", (1, 4), (1,)), Op("READ_VARIABLE", (1,), (5,)))
    ops = (
        Op("READ_VARIABLE", (1,), (2,)),
        add,
        *(again if twice else ()),
        Op("FLOOR_MOD", (5 if twice else 4, 6), (7,), options_type="FloorModOptions"),
        Op("ASSIGN_VARIABLE", (1, 7), (1,)),
    )
    return Model((Graph(tensors, ops, (0,), (7,)),))


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("twice", [False, True])
def test_a_counter_of_steps_has_its_values(twice: bool, dtype: str) -> None:
    made = with_plain_counters(counter(start=1, twice=twice, dtype=dtype))
    assert "FLOOR_MOD" not in [op.kind for op in made.main.ops]
    got = execute(made.main, random_inputs(made.main, 9))[7]
    np.testing.assert_array_equal(got.reshape(-1), (np.arange(9) + 2) % LIMIT)


@pytest.mark.parametrize(
    "model",
    [counter(start=7), counter(step=2), counter(start=-2), counter(limit=-3)],
    ids=["beyond the limit", "by twos", "below 0", "a negative limit"],
)
def test_others_keep_the_operator(model: Model) -> None:
    assert with_plain_counters(model) == model


def test_a_variable_without_a_bound_keeps_the_operator() -> None:
    graph = counter(twice=True).main
    model = Model((Graph(graph.tensors, graph.ops[:-1], (0,), (7,)),))
    assert with_plain_counters(model) == model


def test_a_variable_that_a_branch_may_assign_keeps_the_operator() -> None:
    """The branch sets the counter to 100, which no step of the main graph would."""
    graph = counter().main
    far = Graph(
        (graph.tensors[1], constant("far", np.array([100], np.int32))),
        (Op("ASSIGN_VARIABLE", (0, 1), (0,)),),
        (0,),
        (0,),
        "far",
    )
    same = Graph((graph.tensors[1],), (), (0,), (0,), "same")
    condition = len(graph.tensors)
    jump = if_op((condition, 1), (1,), far, same)
    model = Model(
        (Graph((*graph.tensors, flag("jump")), (*graph.ops, jump), (0, condition), (7,)),)
    )
    assert with_plain_counters(model) == model
