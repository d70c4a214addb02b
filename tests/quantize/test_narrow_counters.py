"""Counters of int64 become int32 where their values provably fit, and run in TFLM then."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees, constant, quantized
from ops.streaming import variable

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.counters import with_plain_counters
from edgeq.quantize.narrow_counters import with_narrow_counters
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

STEPS, FAR = 9, 1 << 40
KINDS = (("in_data_type", "INT64"), ("out_data_type", "INT32"))


def op(kind: str, inputs: Sequence[int], outputs: Sequence[int]) -> Op:
    """An operator with the options of TFLite's schema for its kind."""
    options = "MaximumMinimum" if kind == "MINIMUM" else kind.title().replace("_", "")
    attributes = {"ADD": (("fused_activation_function", "NONE"),), "CAST": KINDS}.get(kind, ())
    return Op(kind, tuple(inputs), tuple(outputs), attributes, options_type=f"{options}Options")


def counter(kind: str = "FLOOR_MOD", limit: int = 5, start: int = 0) -> Model:
    """v = kind(v + 1, limit) of int64, given as int32, and whether it is 3; without a kind v + 1."""
    tensors = (
        quantized("x", (1, 2)),
        variable("v", np.array([start])),
        Tensor("read", (1,), "int64"),
        constant("one", np.array([1])),
        Tensor("more", (1,), "int64"),
        constant("limit", np.array([limit])),
        Tensor("place", (1,), "int64"),
        constant("three", np.array([3])),
        Tensor("is three", (1,), "bool"),
        Tensor("given", (1,), "int32"),
    )
    place = 6 if kind else 4
    ops = (
        op("READ_VARIABLE", (1,), (2,)),
        op("ADD", (2, 3), (4,)),
        *((op(kind, (4, 5), (6,)),) if kind else ()),
        op("ASSIGN_VARIABLE", (1, place), (1,)),
        op("EQUAL", (place, 7), (8,)),
        op("CAST", (place,), (9,)),
    )
    return Model((Graph(tensors, ops, (0,), (8, 9)),))


def with_given(model: Model, kind: str) -> Model:
    """The model that gives an int64 value of its counter, as it is or negated."""
    graph = model.main
    if not kind:
        return Model((replace(graph, outputs=(6,)),))
    tensors = (*graph.tensors, Tensor("other", (1,), "int64"))
    return Model((replace(graph, tensors=tensors, ops=(*graph.ops, op(kind, (6,), (10,)))),))


@pytest.mark.parametrize(
    ("kind", "limit", "start"), [("FLOOR_MOD", 5, 2), ("MINIMUM", 6, 0), ("MINIMUM", 500_000, -9)]
)
def test_bounded_counters_are_int32_and_keep_their_values(
    kind: str, limit: int, start: int
) -> None:
    model = counter(kind, limit, start)
    made = with_narrow_counters(model)
    assert {t for t in made.main.tensors if t.dtype == "int64" and not t.constant} == set()
    given, value, values = random_inputs(model.main, STEPS), start, list[int]()
    for _ in range(STEPS):
        value = (value + 1) % limit if kind == "FLOOR_MOD" else min(value + 1, limit)
        values.append(value)
    got = execute(made.main, given)
    assert got[9].ravel().tolist() == values
    assert got[8].ravel().tolist() == [v == 3 for v in values]
    run = with_plain_counters(made)
    assert agrees(compare_with(ORACLES["tflm"], run, given, by=interpreter_of("tflm")))


@pytest.mark.parametrize(
    "model",
    [
        counter(kind=""),
        counter("FLOOR_MOD", limit=FAR),
        counter("MINIMUM", start=-FAR),
        with_given(counter(), ""),
        with_given(counter(), "NEG"),
    ],
    ids=["no limit", "a far limit", "a far start", "an output", "another operator"],
)
def test_others_stay(model: Model) -> None:
    assert with_narrow_counters(model) == model


def test_a_counter_without_limit_leaves_another_one_its_proof() -> None:
    graph = counter().main
    tensors = (
        *graph.tensors,
        variable("w", np.array([0])),
        *(Tensor(n, (1,), "int64") for n in "rs"),
    )
    ops = (
        *graph.ops,
        op("READ_VARIABLE", (10,), (11,)),
        op("ADD", (11, 3), (12,)),
        op("ASSIGN_VARIABLE", (10, 12), (10,)),
    )
    made = with_narrow_counters(Model((replace(graph, tensors=tensors, ops=ops),))).main
    assert [made.tensors[t].dtype for t in made.states] == ["int32", "int64"]
