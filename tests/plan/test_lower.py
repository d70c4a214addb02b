"""Lowering: what is constant is computed ahead, views cost nothing, corners of the graph reach the
C unharmed.
"""

from __future__ import annotations

import numpy as np
import pytest
from ops.compiled import run_compiled
from ops.harness import constant, quantized
from plan.checked import checked_plan

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.opkit.node import Values as Array
from edgeq.plan import Program, lower
from edgeq.simulate.execute import execute, random_inputs

SHAPE_12 = constant("twelve", np.array([12], np.int32))
SHAPE_34 = constant("three by four", np.array([3, 4], np.int32))
TURN = constant("turn", np.array([1, 0], np.int32))
X = quantized("x", (3, 4))


def reshape(x: int, shape: int, y: int) -> Op:
    return Op("RESHAPE", (x, shape), (y,), options_type="ReshapeOptions")


def transpose(x: int, perm: int, y: int) -> Op:
    return Op("TRANSPOSE", (x, perm), (y,), options_type="TransposeOptions")


def add(x1: int, x2: int, y: int) -> Op:
    return Op("ADD", (x1, x2), (y,), options_type="AddOptions")


def compiled(graph: Graph, samples: int = 3) -> tuple[list[Array], list[Array]]:
    """The outputs of the compiled C and of the simulator, in the graph's order, on random inputs."""
    inputs = random_inputs(graph, samples)
    engine, expected = render_native(Model((graph,)), "corner"), execute(graph, inputs)
    got = run_compiled(engine, inputs)
    return [got[t] for t in graph.outputs], [expected[t] for t in graph.outputs]


def assert_compiled(graph: Graph) -> None:
    for got, expected in zip(*compiled(graph), strict=True):
        np.testing.assert_array_equal(got, expected)


def kinds(program: Program) -> list[str]:
    return [step.node.kind for step in program.steps]


def test_operators_of_constants_are_computed_ahead() -> None:
    """A transposed and reshaped constant is added to the input: one step is left, and it reads the
    finished values.
    """
    values = np.arange(12, dtype=np.int8).reshape(4, 3)
    tensors = (
        X,
        constant("c", values, 0.05),
        TURN,
        quantized("t", (3, 4)),
        SHAPE_12,
        quantized("r", (12,)),
        SHAPE_34,
        quantized("r2", (3, 4)),
        quantized("y", (3, 4), 0.1),
    )
    ops = (transpose(1, 2, 3), reshape(3, 4, 5), reshape(5, 6, 7), add(0, 7, 8))
    graph = Graph(tensors, ops, (0,), (8,))
    program = lower(graph)
    assert kinds(program) == ["ADD"]
    assert program.steps[0].reads == (0,)
    np.testing.assert_array_equal(program.graph.tensors[7].array, values.T)
    assert_compiled(graph)


def test_a_model_that_is_all_constant_is_only_its_output() -> None:
    values = np.arange(12, dtype=np.int8).reshape(3, 4)
    graph = Graph(
        (constant("c", values, 0.05), TURN, quantized("y", (4, 3))), (transpose(0, 1, 2),), (), (2,)
    )
    assert lower(graph).steps == ()
    engine = render_native(Model((graph,)), "constant")
    np.testing.assert_array_equal(run_compiled(engine, [])[2][0], values.T)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "float32", "bool"])
def test_an_output_may_be_constant(dtype: str) -> None:
    values = constant("c", np.array([1, 0, 3]).astype(dtype))
    graph = Graph((X, TURN, quantized("y", (4, 3)), values), (transpose(0, 1, 2),), (0,), (2, 3))
    assert_compiled(graph)


def test_an_output_may_be_the_same_constant_that_a_layer_reads() -> None:
    values = constant("c", np.arange(12, dtype=np.int8).reshape(3, 4), 0.05)
    graph = Graph((X, values, quantized("y", (3, 4), 0.1)), (add(0, 1, 2),), (0,), (1, 2, 1))
    assert_compiled(graph)


def test_views_of_views_lie_where_their_tensor_lies() -> None:
    tensors = (
        X,
        TURN,
        quantized("t", (4, 3)),
        SHAPE_12,
        quantized("v", (12,)),
        SHAPE_34,
        quantized("w", (3, 4)),
        quantized("y", (4, 3)),
    )
    ops = (transpose(0, 1, 2), reshape(2, 3, 4), reshape(4, 5, 6), transpose(6, 1, 7))
    graph = Graph(tensors, ops, (0,), (7,))
    plan = checked_plan(lower(graph))
    assert plan.offsets[2] == plan.offsets[4] == plan.offsets[6]
    assert plan.arena_bytes == 24
    assert_compiled(graph)


def test_a_view_of_the_input_may_be_the_output() -> None:
    graph = Graph((X, SHAPE_12, quantized("y", (12,))), (reshape(0, 1, 2),), (0,), (2,))
    program = lower(graph)
    assert [step.call for step in program.steps] == [View(0)]
    assert checked_plan(program).arena_bytes == 12
    assert_compiled(graph)


def test_an_input_may_be_an_output() -> None:
    assert_compiled(Graph((X, TURN, quantized("y", (4, 3))), (transpose(0, 1, 2),), (0,), (0, 2)))


def test_a_model_may_have_no_operator() -> None:
    assert_compiled(Graph((X,), (), (0,), (0,)))


def test_an_input_that_nothing_reads_has_its_place() -> None:
    tensors = (X, quantized("unused", (5,)), TURN, quantized("y", (4, 3)))
    assert_compiled(Graph(tensors, (transpose(0, 2, 3),), (0, 1), (3,)))


def test_an_output_of_an_operator_that_nothing_reads_harms_nothing() -> None:
    tensors = (X, TURN, quantized("unused", (4, 3)), quantized("y", (4, 3)))
    assert_compiled(Graph(tensors, (transpose(0, 1, 2), transpose(0, 1, 3)), (0,), (3,)))


def test_one_tensor_may_be_both_inputs() -> None:
    assert_compiled(Graph((X, quantized("y", (3, 4), 0.1)), (add(0, 0, 1),), (0,), (1,)))


def test_an_input_may_be_used_twice() -> None:
    """The first ADD must not run in place: its input is read again, and so is the view of it."""
    tensors = (
        X,
        quantized("s", (3, 4), 0.1),
        SHAPE_34,
        quantized("v", (3, 4)),
        quantized("y", (3, 4), 0.1),
    )
    assert_compiled(Graph(tensors, (reshape(0, 2, 3), add(0, 0, 1), add(1, 3, 4)), (0,), (4,)))


def test_scalars_have_no_shape_and_one_element() -> None:
    x, y, z = quantized("x", ()), quantized("y", (), 0.1), quantized("z", (1,), 0.1)
    one = constant("one", np.array([1], np.int32))
    graph = Graph(
        (x, constant("c", np.array(7, np.int8), 0.02), y, one, z),
        (add(0, 1, 2), reshape(2, 3, 4)),
        (0,),
        (2, 4),
    )
    assert_compiled(graph)


def test_every_unsupported_operator_is_named_before_any_work() -> None:
    """Even behind a layer that would itself be refused."""
    tensors = (X, TURN, quantized("y", (9, 9)), quantized("z", (3, 4)), quantized("w", (3, 4)))
    custom = Op("CUSTOM", (0,), (4,), custom_code="Warp")
    ops = (transpose(0, 1, 2), Op("HASHTABLE_FIND", (0,), (3,)), custom)
    with pytest.raises(UnsupportedError, match=r"HASHTABLE_FIND \(layer 'z'\), Warp \(layer 'w'\)"):
        lower(Graph(tensors, ops, (0,), (3, 4)))


def test_state_kept_between_inferences_is_refused_by_name() -> None:
    state = Tensor("memory", (3, 4), "int8", X.quantization, variable=True)
    graph = Graph((X, state, quantized("y", (3, 4), 0.1)), (add(0, 1, 2),), (0,), (2,))
    with pytest.raises(
        UnsupportedError, match=r'layer 0, ADD "y".*keeps "memory" from one inference to the next'
    ):
        lower(graph)
