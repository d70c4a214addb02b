"""Where variables lie, and the order of steps that they ask for."""

import numpy as np
from ops.harness import quantized
from ops.streaming import ring_buffer, variable
from plan.checked import checked_plan

from edgeq.graph import Graph, Op
from edgeq.plan.liveness import find_work
from edgeq.plan.lower import lower
from edgeq.plan.state import lay_out_state


def test_variables_lie_one_behind_the_other_each_aligned_and_not_in_the_arena() -> None:
    held = [np.zeros((1, 3), np.int8), np.zeros((1, 2), np.int64), np.zeros((1, 2), np.float32)]
    states = [variable(f"state {i}", values) for i, values in enumerate(held)]
    values = [quantized(f"y{i}", v.shape, dtype=v.dtype.name) for i, v in enumerate(held)]
    ops = tuple(Op("READ_VARIABLE", (i,), (i + 3,)) for i in range(3))
    graph = Graph((*states, *values), ops, (), (3, 4, 5))
    layout = lay_out_state(graph)
    assert dict(layout.offsets) == {1: 0, 0: 16, 2: 20}
    assert layout.nbytes == 28
    assert not set(checked_plan(lower(graph)).offsets) & {0, 1, 2}


def test_a_variable_is_read_before_it_is_written_in_every_order() -> None:
    """Reading it later would need less memory, as the value is used at the end."""
    a, y = quantized("a", (1, 64)), quantized("y", (1, 64))
    tensors = (
        a,
        variable("state", np.zeros((1, 64), np.int8), a.quantization),
        quantized("old", (1, 64)),
        quantized("b", (1, 64)),
        y,
    )
    ops = (
        Op("READ_VARIABLE", (1,), (2,)),
        Op("ABS", (0,), (3,)),
        Op("ASSIGN_VARIABLE", (1, 3), (1,)),
        Op("ABS", (2,), (4,)),
    )
    program = lower(Graph(tensors, ops, (0,), (4,)))
    kinds = [step.node.kind for step in program.steps]
    assert kinds.index("READ_VARIABLE") < kinds.index("ASSIGN_VARIABLE")
    place = kinds.index("ASSIGN_VARIABLE")
    assert find_work(program).tasks[place].after >> kinds.index("READ_VARIABLE") & 1


def test_a_step_without_variables_may_run_anywhere() -> None:
    program = lower(ring_buffer().main)
    dense = [step.node.kind for step in program.steps].index("FULLY_CONNECTED")
    kinds = [program.steps[k].node.kind for k in range(len(program.steps))]
    after = find_work(program).tasks[dense].after
    assert [kinds[k] for k in range(len(kinds)) if after >> k & 1] == ["RESHAPE"]
