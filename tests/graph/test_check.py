"""check_model: each rule, broken once, reports where, what it got and what it expected."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from edgeq.errors import ModelError
from edgeq.graph import Model, Op, Quantization, Signature, Tensor, check_model
from graph.samples import add, conv_model, dtype_model, operator_model, shared_model

Change = Callable[[Model], Model]


@pytest.mark.parametrize("build", [conv_model, dtype_model, shared_model])
def test_models_built_by_hand_are_legal(build: Callable[[], Model]) -> None:
    check_model(build())


def graph(**fields: Any) -> Change:
    return lambda model: replace(model, graphs=(replace(model.main, **fields), *model.graphs[1:]))


def tensor(index: int, **fields: Any) -> Change:
    def change(model: Model) -> Model:
        tensors = list(model.main.tensors)
        tensors[index] = replace(tensors[index], **fields)
        return graph(tensors=tuple(tensors))(model)

    return change


def op(**fields: Any) -> Change:
    return lambda model: graph(ops=(replace(model.main.ops[0], **fields),))(model)


def scales(*scale: float, axis: int = 0, zero_point: int = 0) -> Quantization:
    return Quantization(scale, (zero_point,) * len(scale), axis)


WEIGHTS = "subgraph 0 'main', tensor 1 'weights' has "
OPERATOR = "subgraph 0 'main', operator 0 CONV_2D has "
BROKEN: dict[str, tuple[Change, str]] = {
    "negative size": (
        tensor(1, shape=(3, -2, 2, 2)),
        WEIGHTS + "the shape (3, -2, 2, 2) — expected at most 8 sizes",
    ),
    "rank": (
        tensor(1, shape=(1,) * 9),
        WEIGHTS + "the shape (1, 1, 1, 1, 1, 1, ...) — expected at most 8 sizes",
    ),
    "type": (tensor(1, dtype="int7"), WEIGHTS + "the type 'int7' — expected one of int8, uint8,"),
    "huge": (
        tensor(0, shape=(1 << 20, 1 << 20), shape_signature=None),
        "has 1099511627776 bytes by its shape",
    ),
    "huge text": (
        tensor(0, dtype="string", shape=(1 << 30,), shape_signature=None),
        "has 1073741824 bytes",
    ),
    "short buffer": (
        tensor(1, buffer=b"\0"),
        WEIGHTS + "a buffer of 1 bytes — expected 24 for int8 of shape (3, 2, 2, 2)",
    ),
    "packed buffer": (
        tensor(1, dtype="int4"),
        WEIGHTS + "a buffer of 24 bytes — expected 12 for int4",
    ),
    "constant variable": (tensor(1, variable=True), WEIGHTS + "a buffer and is variable"),
    "restart from nothing": (tensor(1, buffer=None, restarts=True), WEIGHTS + "no buffer, and"),
    "signature's rank": (
        tensor(0, shape_signature=(-1,)),
        "has the shape signature (-1,) — expected (1, 5, 4, 2)",
    ),
    "signature's size": (
        tensor(0, shape_signature=(-1, 5, 5, 2)),
        "has the shape signature (-1, 5, 5, 2)",
    ),
    "no scale": (tensor(1, quantization=scales()), WEIGHTS + "0 scales and 0 zero points"),
    "zero points": (
        tensor(1, quantization=Quantization((0.5,), ())),
        WEIGHTS + "1 scales and 0 zero points",
    ),
    "axis": (
        tensor(1, quantization=scales(1.0, 1.0, axis=4)),
        WEIGHTS + "2 scales along axis 4 — expected one, or one per",
    ),
    "negative axis": (
        tensor(1, quantization=scales(1.0, axis=-1)),
        WEIGHTS + "1 scales along axis -1",
    ),
    "scales": (tensor(1, quantization=scales(1.0, 1.0, axis=0)), WEIGHTS + "2 scales along axis 0"),
    "scales of a scalar": (
        lambda model: tensor(0, shape=(), shape_signature=None, quantization=scales(1.0, 1.0))(
            model
        ),
        "tensor 0 'image' has 2 scales along axis 0",
    ),
    "zero scale": (
        tensor(1, quantization=scales(0.0)),
        WEIGHTS + "the scales (0.0,) — expected finite float32 values above 0",
    ),
    "negative scale": (tensor(1, quantization=scales(-1.0)), WEIGHTS + "the scales (-1.0,)"),
    "NaN scale": (tensor(1, quantization=scales(float("nan"))), WEIGHTS + "the scales (nan,)"),
    "infinite scale": (tensor(1, quantization=scales(float("inf"))), WEIGHTS + "the scales (inf,)"),
    "double scale": (tensor(1, quantization=scales(0.1)), WEIGHTS + "the scales (0.1,)"),
    "large scale": (tensor(1, quantization=scales(1e300)), WEIGHTS + "the scales (1e+300,)"),
    "zero point": (
        tensor(1, quantization=scales(1.0, zero_point=128)),
        WEIGHTS + "the zero points (128,) — expected values that int8 holds",
    ),
    "input index": (
        op(inputs=(0, 9, 2)),
        OPERATOR + "the inputs (0, 9, 2) and the intermediates () — expected tensors 0 to 3",
    ),
    "left-out index": (op(inputs=(0, 1, -2)), OPERATOR + "the inputs (0, 1, -2)"),
    "intermediate": (
        op(intermediates=(4,)),
        OPERATOR + "the inputs (0, 1, 2) and the intermediates (4,)",
    ),
    "output index": (op(outputs=(-1,)), OPERATOR + "the outputs (-1,) — expected tensors 0 to 3"),
    "attribute order": (
        op(attributes=(("b", 1), ("a", 1))),
        OPERATOR + "the attributes ['b', 'a'] — expected each once",
    ),
    "attribute twice": (
        op(attributes=(("a", 1), ("a", 1))),
        OPERATOR + "the attributes ['a', 'a']",
    ),
    "NaN attribute": (
        op(attributes=(("a", float("nan")),)),
        OPERATOR + "the attributes (('a', nan),) — expected finite",
    ),
    "double in a vector": (
        op(attributes=(("a", (0.5, 0.1)),)),
        OPERATOR + "the attributes (('a', (0.5, 0.1)),)",
    ),
    "called subgraph": (
        op(attributes=(("body_subgraph_index", 1),)),
        OPERATOR + "the subgraphs (1,) to call — expected",
    ),
    "graph input": (
        graph(inputs=(-1,)),
        "subgraph 0 'main' has the inputs (-1,) and the outputs (3,) — expected tensors 0",
    ),
    "graph output": (
        graph(outputs=(4,)),
        "subgraph 0 'main' has the inputs (0,) and the outputs (4,)",
    ),
    "input twice": (
        graph(inputs=(0, 0)),
        "subgraph 0 'main' has the inputs (0, 0) — expected each once",
    ),
    "constant input": (
        graph(inputs=(0, 1)),
        "subgraph 0 'main' has the inputs (0, 1) — expected each once, and none with",
    ),
    "nothing writes": (
        graph(inputs=()),
        OPERATOR
        + "the input tensor 0 'image', which nothing writes before — expected a graph input",
    ),
    "nothing writes the output": (
        graph(ops=()),
        "subgraph 0 'main' has the output tensor 3 'features', which nothing",
    ),
    "writes a constant": (
        op(outputs=(1,)),
        OPERATOR + "the output tensor 1 'weights', which has its value already",
    ),
    "writes an input": (
        op(outputs=(0,)),
        OPERATOR + "the output tensor 0 'image', which has its value already",
    ),
    "writes twice": (
        op(outputs=(3, 3)),
        OPERATOR + "the output tensor 3 'features', which has its value already",
    ),
    "reads its own output": (
        op(inputs=(3, 1, 2)),
        OPERATOR + "the input tensor 3 'features', which nothing writes before",
    ),
    "no graph": (
        lambda model: replace(model, graphs=(), signatures=()),
        "the model has no subgraph — expected one",
    ),
    "version": (
        lambda model: replace(model, version=4),
        "the model has schema version 4 — expected 3",
    ),
    "signature's graph": (
        lambda model: replace(model, signatures=(Signature("s", (), (), 1),)),
        "the model has signatures of the subgraphs [1]",
    ),
    "signature's input": (
        lambda model: replace(model, signatures=(Signature("s", (("x", 1),), ()),)),
        "signature 's' has the inputs (('x', 1),)",
    ),
    "signature's output": (
        lambda model: replace(model, signatures=(Signature("s", (), (("x", 0),)),)),
        "signature 's' has the outputs (('x', 0),)",
    ),
}


@pytest.mark.parametrize(("change", "message"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_named_with_its_place(change: Change, message: str) -> None:
    with pytest.raises(ModelError, match=re.escape(message)) as caught:
        check_model(change(conv_model()))
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_status == 2


def test_order_matters_and_left_out_inputs_do_not() -> None:
    tensors = tuple(Tensor(name, (2,), "float32") for name in "abc")
    model = operator_model(add(0, 0, 1))
    ordered = replace(model.main, tensors=tensors, ops=(add(0, 0, 1), add(1, -1, 2)), outputs=(2,))
    check_model(Model((ordered,)))
    with pytest.raises(
        ModelError, match=r"operator 0 ADD has the input tensor 1 'b', which nothing writes before"
    ):
        check_model(Model((replace(ordered, ops=ordered.ops[::-1]),)))


def test_variables_may_be_read_before_they_are_written() -> None:
    state = Tensor("state", (2,), "float32", variable=True)
    model = operator_model(add(0, 2, 1))
    check_model(Model((replace(model.main, tensors=(*model.main.tensors, state)),)))


def test_a_long_name_is_cut_short_and_stays_on_one_line() -> None:
    name = "layer\n" * 5000
    with pytest.raises(ModelError) as caught:
        check_model(
            Model((replace(operator_model(Op("ABS", (0,), (1,))).main, name=name, ops=()),))
        )
    assert len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)
