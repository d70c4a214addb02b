"""What no output needs goes; what keeps state or may do so stays."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.cleanup.dead_operators import remove_dead_operators
from edgeq.graph import Graph, Op, Tensor


def graph(*ops: Op, outputs: tuple[int, ...], variable: int = -1) -> Graph:
    tensors = tuple(Tensor(f"t{t}", (2,), "int8", variable=t == variable) for t in range(6))
    return Graph(tensors, ops, (0,), outputs)


def test_an_operator_lives_through_any_input_of_a_live_one() -> None:
    ops = (
        Op("RELU", (0,), (1,)),
        Op("ABS", (0,), (2,)),
        Op("ADD", (1, 2), (3,)),
        Op("ABS", (2,), (4,)),
    )
    assert remove_dead_operators(graph(*ops, outputs=(3,))).ops == ops[:3]


@pytest.mark.parametrize("seed", range(20))
def test_exactly_what_outputs_reach_stays(seed: int) -> None:
    random = np.random.default_rng(seed)
    ops = tuple(Op("ADD", tuple(map(int, random.integers(0, t, 2))), (t,)) for t in range(1, 6))
    needed = {int(random.integers(1, 6))}
    outputs = tuple(needed)
    for op in reversed(ops):
        needed |= {*op.inputs} if op.outputs[0] in needed else set()
    kept = remove_dead_operators(graph(*ops, outputs=outputs)).ops
    assert {op.outputs[0] for op in kept} == needed - {0}


@pytest.mark.parametrize(
    "effect",
    [
        Op("ASSIGN_VARIABLE", (0, 1), ()),
        Op("CUSTOM", (0,), (5,), custom_code="delay"),
        Op("WHILE", (0,), (5,), (("body_subgraph_index", 1), ("cond_subgraph_index", 2))),
        Op("SVDF", (0, 4), (5,)),
    ],
    ids=lambda op: op.kind,
)
def test_operators_with_effects_stay(effect: Op) -> None:
    ops = (Op("RELU", (0,), (1,)), effect, Op("ABS", (0,), (2,)))
    given = graph(*ops, outputs=(2,), variable=4)
    assert effect in remove_dead_operators(given).ops
