"""Variables in files: handles, initial values, and what operators write."""

from dataclasses import replace

import numpy as np
import pytest
from ops.streaming import ring_buffer, variable

from edgeq.graph import Graph, Model, Op, Quantization, Signature, Tensor, read_tflite, write_tflite
from edgeq.graph.variables import as_stored, initial_bytes, with_variables

ONES = np.ones((1, 2), np.int8)


def two_steps(second: str = "variable0") -> Model:
    """A file that adds one to a variable: a handle to read it and another, by name, to assign it."""
    once = Op("CALL_ONCE", (), (), (("init_subgraph_index", 1),), options_type="CallOnceOptions")
    handle, value = Tensor("handle", (), "resource"), Tensor("value", (1, 2), "int8")
    main = Graph(
        (handle, handle, value, replace(value, name="y")),
        (
            once,
            named(0, "variable0"),
            named(1, second),
            Op("READ_VARIABLE", (0,), (2,)),
            Op("ABS", (2,), (3,)),
            Op("ASSIGN_VARIABLE", (1, 3), ()),
        ),
        (),
        (3,),
    )
    return Model((main, assigning(replace(value, buffer=ONES.tobytes()))))


def named(t: int, name: str) -> Op:
    attributes = (("container", ""), ("shared_name", name))
    return Op("VAR_HANDLE", (), (t,), attributes, options_type="VarHandleOptions")


def assigning(value: Tensor, name: str = "variable0") -> Graph:
    handle = Tensor("handle", (), "resource")
    return Graph((handle, value), (named(0, name), Op("ASSIGN_VARIABLE", (0, 1), ())), (), ())


def test_a_model_with_a_variable_comes_back_equal() -> None:
    model = ring_buffer()
    assert read_tflite(write_tflite(model)) == model


def test_a_file_has_handles_and_a_subgraph_of_initial_values() -> None:
    stored = as_stored(ring_buffer())
    assert [op.kind for op in stored.main.ops[:3]] == ["CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE"]
    assert stored.main.tensors[1] == Tensor("frames", (), "resource")
    assert [op.kind for op in stored.graphs[1].ops] == ["VAR_HANDLE", "ASSIGN_VARIABLE"]
    assert with_variables(stored) == ring_buffer()


def test_handles_of_one_name_are_one_variable() -> None:
    graph = with_variables(two_steps()).main
    assert [(op.kind, op.inputs, op.outputs) for op in graph.ops] == [
        ("READ_VARIABLE", (0,), (2,)),
        ("ABS", (2,), (3,)),
        ("ASSIGN_VARIABLE", (0, 3), (0,)),
    ]
    assert graph.states == (0,)
    assert initial_bytes(graph.tensors[0]) == ONES.tobytes()


def test_a_variable_without_initial_value_starts_at_its_zero_point() -> None:
    others = two_steps().main.ops[1:]
    q = Quantization((0.5,), (-7,))
    main = replace(two_steps().main, ops=others)
    tensors = tuple(
        t if t.dtype == "resource" else replace(t, quantization=q) for t in main.tensors
    )
    (graph,) = with_variables(Model((replace(main, tensors=tensors),))).graphs
    assert graph.tensors[0] == variable("handle", np.full((1, 2), -7, np.int8), q)


@pytest.mark.parametrize(
    "model",
    [
        Model((two_steps().main, assigning(Tensor("value", (1, 3), "int8", buffer=b"\1\1\1")))),
        Model((two_steps().main, assigning(Tensor("value", (1, 2), "int8", buffer=b"\1\1"), "x"))),
        Model((*two_steps().graphs, assigning(Tensor("value", (1, 2), "int8", buffer=b"\1\1")))),
        replace(two_steps(), signatures=(Signature("init", (), (), 1),)),
    ],
    ids=["another shape", "another variable", "another subgraph", "a signature of its own"],
)
def test_what_cannot_be_told_stays_as_it_is(model: Model) -> None:
    assert with_variables(model) == model


@pytest.mark.parametrize("kind", ["READ_VARIABLE", "ASSIGN_VARIABLE"])
def test_operators_without_inputs_use_no_variable(kind: str) -> None:
    main, once = two_steps().graphs
    ops = tuple(replace(op, inputs=()) if op.kind == kind else op for op in main.ops)
    changed = with_variables(Model((replace(main, ops=ops), once))).main
    assert [op.inputs for op in changed.ops if op.kind == kind] == [()]


def test_handles_of_different_names_are_different_variables() -> None:
    graph = with_variables(two_steps("another")).main
    assert graph.states == (0, 1)
    assert [graph.tensors[t].initial for t in graph.states] == [ONES.tobytes(), bytes(2)]


def test_subgraphs_behind_the_initial_values_are_renumbered() -> None:
    main = two_steps()
    other = Graph((Tensor("z", (1, 2), "int8"),), (), (0,), (0,), "other")
    model = replace(main, graphs=(*main.graphs, other), signatures=(Signature("z", (), (), 2),))
    changed = with_variables(model)
    assert changed.graphs[1:] == (other,)
    assert changed.signatures == (Signature("z", (), (), 1),)


def test_an_operator_writes_the_variables_that_it_has_as_inputs() -> None:
    state = Tensor("state", (1, 2), "int8", variable=True)
    x, y = (Tensor(name, (1, 2), "int8") for name in "xy")
    file = Model((Graph((x, state, y), (Op("ADD", (0, 1), (2,)),), (0,), (2,)),))
    assert with_variables(file).main.ops[0].outputs == (2, 1)
    assert as_stored(with_variables(file)) == file
