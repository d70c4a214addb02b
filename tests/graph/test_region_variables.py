"""Variables that branches and loops of a file use, against an interpreter of the file as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees

from edgeq.cleanup import clean_up
from edgeq.codegen.native import render_native
from edgeq.graph import Graph, Model, Op, Tensor, read_tflite, write_tflite
from edgeq.graph.region_variables import with_region_variables
from edgeq.runtime import reference_interpreter, run_samples
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES
from edgeq.verify.host import run_host

N = 3
HANDLE = Tensor("handle", (), "resource")
VALUE = Tensor("value", (1, N), "float32")
X, FLAG = replace(VALUE, name="x"), Tensor("flag", (1,), "bool")
ADD = (("fused_activation_function", "NONE"), ("pot_scale_int16", True))


def plus(a: int, b: int, y: int) -> Op:
    return Op("ADD", (a, b), (y,), ADD, options_type="AddOptions")


def read(handle: int, y: int) -> Op:
    return Op("READ_VARIABLE", (handle,), (y,), options_type="ReadVariableOptions")


def assign(handle: int, x: int) -> Op:
    return Op("ASSIGN_VARIABLE", (handle, x), (), options_type="AssignVariableOptions")


def named(t: int) -> Op:
    attributes = (("container", ""), ("shared_name", "v"))
    return Op("VAR_HANDLE", (), (t,), attributes, options_type="VarHandleOptions")


def calling(kind: str, inputs: tuple[int, ...], outputs: tuple[int, ...], **graphs: int) -> Op:
    calls = tuple((f"{name}_subgraph_index", number) for name, number in sorted(graphs.items()))
    return Op(kind, inputs, outputs, calls, options_type=f"{kind.title()}Options")


def number(value: int) -> Tensor:
    return Tensor("number", (), "int32", buffer=np.int32(value).tobytes())


STARTING = Graph(
    (HANDLE, replace(VALUE, buffer=np.full(N, 0.5, np.float32).tobytes())),
    (named(0), assign(0, 1)),
    (),
    (),
)
ONCE = Op("CALL_ONCE", (), (), (("init_subgraph_index", 1),), options_type="CallOnceOptions")
THEN = Graph(
    (HANDLE, X, VALUE, VALUE, VALUE, VALUE),
    (read(0, 2), plus(2, 1, 3), assign(0, 3), read(0, 4), plus(4, 4, 5)),
    (0, 1),
    (5,),
)
"""v = v + x; gives 2 v."""
ELSE = Graph((HANDLE, X, VALUE), (read(0, 2),), (0, 1), (2,))
"""Gives v."""
COUNTER = Tensor("i", (), "int32")
BODY = Graph(
    (COUNTER, HANDLE, X, number(1), COUNTER, VALUE, VALUE),
    (plus(0, 3, 4), read(1, 5), plus(5, 2, 6), assign(1, 6)),
    (0, 1, 2),
    (4, 1, 2),
)
"""v = v + x at each step."""
COND = Graph(
    (COUNTER, HANDLE, X, number(3), replace(FLAG, shape=())),
    (Op("LESS", (0, 3), (4,), options_type="LessOptions"),),
    (0, 1, 2),
    (4,),
)


def branch() -> Model:
    ops = (ONCE, named(2), calling("IF", (0, 2, 1), (3,), then=2, **{"else": 3}))
    main = Graph((FLAG, X, HANDLE, replace(VALUE, name="y")), ops, (0, 1), (3,))
    return Model((main, STARTING, THEN, ELSE))


def loop() -> Model:
    tensors = (X, HANDLE, number(0), COUNTER, HANDLE, VALUE, VALUE)
    ops = (ONCE, named(1), calling("WHILE", (2, 1, 0), (3, 4, 5), body=2, cond=3), read(1, 6))
    return Model((Graph(tensors, ops, (0,), (6,)), STARTING, BODY, COND))


def branch_in_a_loop() -> Model:
    """At each step v = v + x and w = 2 v where the flag is set, else w = v."""
    tensors = (COUNTER, HANDLE, X, FLAG, VALUE, number(1), COUNTER, VALUE)
    nested = calling("IF", (3, 1, 2), (7,), then=4, **{"else": 5})
    body = Graph(tensors, (plus(0, 5, 6), nested), (0, 1, 2, 3, 4), (6, 1, 2, 3, 7))
    cond = replace(
        COND,
        tensors=(*COND.tensors, FLAG, VALUE),
        inputs=(0, 1, 2, 5, 6),
    )
    outer = (FLAG, X, HANDLE, number(0), COUNTER, HANDLE, VALUE, FLAG, VALUE)
    ops = (ONCE, named(2), calling("WHILE", (3, 2, 1, 0, 1), (4, 5, 6, 7, 8), body=2, cond=3))
    main = Graph(outer, ops, (0, 1), (8,))
    return Model((main, STARTING, body, cond, THEN, ELSE))


def inputs_of(model: Model) -> list[np.ndarray]:
    """A sequence of 8 steps."""
    random = np.random.default_rng(0)
    return [
        random.random((8, *t.shape)) < 0.5
        if t.dtype == "bool"
        else random.normal(size=(8, *t.shape)).astype(np.float32)
        for t in (model.main.tensors[k] for k in model.main.inputs)
    ]


MODELS = {"branch": branch(), "loop": loop(), "branch in a loop": branch_in_a_loop()}


@pytest.mark.parametrize("name", MODELS)
def test_a_sequence_gives_what_the_file_gives(name: str) -> None:
    content, given = write_tflite(MODELS[name]), inputs_of(MODELS[name])
    (exact,) = run_samples(reference_interpreter(content, False), given)
    read_model = read_tflite(content)
    graph = read_model.main
    assert len(graph.states) == 1
    got = execute(graph, given)[graph.outputs[0]]
    np.testing.assert_array_equal(got.reshape(exact.shape), exact)
    again = run_samples(reference_interpreter(write_tflite(read_model), False), given)
    np.testing.assert_array_equal(again[0], exact)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_the_compiled_c_keeps_the_state(name: str) -> None:
    model, given = read_tflite(write_tflite(MODELS[name])), inputs_of(MODELS[name])
    (y,) = model.main.outputs
    got = run_host(render_native(model, "state"), given)[y]
    np.testing.assert_array_equal(got, execute(model.main, given)[y])


def test_a_region_that_does_more_with_a_variable_leaves_the_file_as_it_is() -> None:
    other = replace(ELSE, ops=(*ELSE.ops, Op("CUSTOM", (0,), (), custom_code="Reset")))
    model = replace(branch(), graphs=(*branch().graphs[:3], other))
    kinds = [op.kind for op in read_tflite(write_tflite(model)).main.ops]
    assert kinds == ["CALL_ONCE", "VAR_HANDLE", "IF"]


def test_a_model_without_such_variables_is_the_same() -> None:
    model = Model((Graph((X, VALUE), (plus(0, 0, 1),), (0,), (1,)),))
    assert with_region_variables(model) is model


COMPUTING = Graph(
    (HANDLE, replace(VALUE, buffer=np.full(N, 0.5, np.float32).tobytes()), VALUE, VALUE),
    (named(0), plus(1, 1, 2), plus(2, 1, 3), assign(0, 3)),
    (),
    (),
)
"""v = 0.5 + 0.5 + 0.5 before the first inference."""


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_initial_values_may_be_computed(name: str) -> None:
    graphs = MODELS[name].graphs
    model = replace(MODELS[name], graphs=(graphs[0], COMPUTING, *graphs[2:]))
    content, given = write_tflite(model), inputs_of(model)
    (exact,) = run_samples(reference_interpreter(content, False), given)
    clean = clean_up(read_tflite(content))
    graph = clean.model.main
    np.testing.assert_array_equal(
        execute(graph, given)[graph.outputs[0]].reshape(exact.shape), exact
    )
    said = [compare_with(ORACLES[o], clean, given, by=interpreter_of(o)) for o in ORACLES]
    assert all(map(agrees, said)), said
