"""WHILE gives the same bytes in the simulator, tflite-runtime, TFLM and the compiled C, whether it is
known how often it runs or not.
"""

from collections.abc import Callable

import numpy as np
import pytest
from ops.harness import assert_all_agree
from ops.loops import (
    COND,
    counted_loop,
    endless_loop,
    nested_loops,
    searching_loop,
    swapping_loop,
    while_op,
)

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.loops import count_steps
from edgeq.ops import bind
from edgeq.simulate.execute import execute, random_inputs

CASES = {"counted": counted_loop(), "swapping": swapping_loop()}
"""Loops whose time depends on no input."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "make", [counted_loop, swapping_loop, searching_loop, nested_loops], ids=lambda f: f.__name__
)
def test_every_engine_gives_the_same_bytes(make: Callable[[], Model]) -> None:
    assert_all_agree(make(), samples=32)


def test_each_step_takes_what_the_step_before_it_gave() -> None:
    model = swapping_loop(3)
    a, b = (np.array([[[v] * 5]], np.int8) for v in (1, 10))
    got = execute(model.main, [a, b])
    # (1, 10) -> (10, 2) -> (2, 20) -> (20, 4)
    assert [got[t][0, 0, 0] for t in model.main.outputs] == [20, 4]


def test_samples_end_after_numbers_of_steps_of_their_own() -> None:
    model = searching_loop()
    x = np.array([[90], [89], [0], [-128]], np.int8)
    got = execute(model.main, [x, np.zeros_like(x)])
    assert got[model.main.outputs[0]].ravel().tolist() == [90, 96, 91, 96]


def test_the_number_of_steps_is_found_where_constants_give_it() -> None:
    found = [count_steps(bind(make().main)[0]) for make in (counted_loop, searching_loop)]
    assert found[0] is not None
    assert (found[0].steps, found[0].counts_from_zero(0), found[1]) == (5, True, None)


def test_a_counted_loop_is_one_line_around_its_calls() -> None:
    text = render_native(counted_loop(28), "op").files["op.c"]
    lines = text[text.index("for (") :].splitlines()
    assert lines[0] == "for (int32_t step = 0; step < 28; ++step) {"
    assert lines[1].startswith("    edgeq_sum_linear_s8(&layer0_body_0, ")
    assert lines[2] == "  }"


def test_a_loop_that_never_ends_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeq.opkit.loops.MAX_STEPS", 100)
    model = endless_loop()
    with pytest.raises(UnsupportedError, match="never ends"):
        bind(model.main)
    counting_down = counted_loop()
    graph, (loop,) = counting_down.main, counting_down.main.ops
    cond = dict(loop.regions)[COND]
    turned = Graph(
        cond.tensors,
        (Op("LESS", (3, 0), (4,), options_type="LessOptions"),),
        cond.inputs,
        cond.outputs,
        "cond",
    )
    body = dict(loop.regions)["body_subgraph_index"]
    tensors = tuple(
        Tensor("i", (), "int32", buffer=(9).to_bytes(4, "little")) if t == 1 else tensor
        for t, tensor in enumerate(graph.tensors)
    )
    endless = Graph(
        tensors, (while_op(loop.inputs, loop.outputs, turned, body),), graph.inputs, graph.outputs
    )
    with pytest.raises(UnsupportedError, match="does not end"):
        execute(endless, random_inputs(endless, 1))


def test_a_body_of_other_shapes_is_refused() -> None:
    model = counted_loop()
    (loop,) = model.main.ops
    cond, body = dict(loop.regions)[COND], dict(loop.regions)["body_subgraph_index"]
    short = Graph(body.tensors, body.ops, body.inputs, (4, 5, 4), "body")
    changed = while_op(loop.inputs, loop.outputs, cond, short)
    graph = Graph(model.main.tensors, (changed,), model.main.inputs, model.main.outputs)
    with pytest.raises(UnsupportedError, match="body gives other types or shapes"):
        bind(graph)
