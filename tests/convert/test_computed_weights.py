"""FULLY_CONNECTED with computed weights becomes operators that quantize, and gives the same values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import constant
from quantize.recurrent import FC, real

from edgeq.convert.computed_weights import without_computed_weights
from edgeq.graph import Graph, Model, Op, Tensor, write_tflite
from edgeq.runtime import float_interpreter, run_samples

DEPTH, UNITS = 4, 3
DENSE, NONE = "FullyConnectedOptions", (("fused_activation_function", "NONE"),)
RANDOM = np.random.default_rng(1)


def gated(factor: tuple[int, ...], weights_first: bool = False) -> Model:
    """relu((factor * W) x + b) of inputs x [1, 1, DEPTH] and a factor of a shape."""
    product = (3, 1) if weights_first else (1, 3)
    tensors = (
        real("x", 1, 1, DEPTH),
        real("factor/in", *factor),
        real("factor", *factor),
        constant("W", RANDOM.normal(size=(UNITS, DEPTH)).astype(np.float32)),
        real("factor*W", UNITS, DEPTH),
        constant("b", RANDOM.normal(size=UNITS).astype(np.float32)),
        real("y", 1, UNITS),
    )
    relu = tuple((k, "RELU" if k == "fused_activation_function" else v) for k, v in FC)
    ops = (
        Op("ABS", (1,), (2,), options_type="AbsOptions"),
        Op("MUL", product, (4,), NONE, options_type="MulOptions"),
        Op("FULLY_CONNECTED", (0, 4, 5), (6,), relu, options_type=DENSE),
    )
    return Model((Graph(tensors, ops, (0, 1), (6,)),))


def matrices(*bias: Tensor, rows: tuple[int, ...] = (5,), activation: str = "NONE") -> Model:
    """x [*rows, DEPTH] and y [UNITS, DEPTH] -> activation(x y^T + bias) [*rows, UNITS]."""
    ends = (real("x", *rows, DEPTH), real("y", UNITS, DEPTH), real("product", *rows, UNITS))
    third = 3 if bias else -1
    options = dict(FC) | {"fused_activation_function": activation, "keep_num_dims": len(rows) > 1}
    op = Op("FULLY_CONNECTED", (0, 1, third), (2,), (*options.items(),), options_type=DENSE)
    return Model((Graph((*ends, *bias), (op,), (0, 1), (2,)),))


BIAS = constant("b", RANDOM.normal(size=UNITS).astype(np.float32))


CASES = {
    "one factor": (gated((1,)), ["ABS", "MUL", "FULLY_CONNECTED"]),
    "a scalar behind the weights": (gated((), True), ["ABS", "MUL", "FULLY_CONNECTED"]),
    "one for each input": (gated((DEPTH,)), ["ABS", "MUL", "FULLY_CONNECTED"]),
    "two matrices": (matrices(), ["BATCH_MATMUL"]),
    "with a bias": (matrices(BIAS, activation="RELU6"), ["BATCH_MATMUL", "ADD"]),
    "with an activation": (matrices(activation="RELU"), ["BATCH_MATMUL", "RELU"]),
    "of more axes": (matrices(rows=(2, 5)), ["RESHAPE", "BATCH_MATMUL", "RESHAPE"]),
    "with a factor that is no row": (
        gated((UNITS, 1)),
        ["ABS", "MUL", "RESHAPE", "BATCH_MATMUL", "ADD"],
    ),
}


def test_constant_rows_need_no_operator() -> None:
    model = matrices(rows=(2, 5))
    rows = constant("x", RANDOM.normal(size=(2, 5, DEPTH)).astype(np.float32))
    graph = replace(model.main, tensors=(rows, *model.main.tensors[1:]), inputs=(1,))
    made = without_computed_weights(replace(model, graphs=(graph,)))
    assert [op.kind for op in made.main.ops] == ["BATCH_MATMUL", "RESHAPE"]
    y = RANDOM.normal(size=(6, UNITS, DEPTH)).astype(np.float32)
    (got,) = run_samples(float_interpreter(write_tflite(made)), [y])
    np.testing.assert_allclose(got, np.einsum("abd,nud->nabu", rows.array, y), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", CASES)
def test_values_stay(name: str) -> None:
    model, kinds = CASES[name]
    made = without_computed_weights(model)
    assert [op.kind for op in made.main.ops] == kinds
    layers = [op for op in made.main.ops if op.kind == "FULLY_CONNECTED"]
    assert all(made.main.tensors[op.inputs[1]].constant for op in layers)
    shapes = [model.main.tensors[t].shape for t in model.main.inputs]
    x = [RANDOM.normal(size=(6, *shape)).astype(np.float32) for shape in shapes]
    exact, got = (
        run_samples(float_interpreter(write_tflite(each)), x)[0] for each in (model, made)
    )
    np.testing.assert_allclose(got, exact, rtol=1e-5, atol=1e-5)


def test_a_product_that_others_read_is_kept() -> None:
    model = gated((1,))
    both = replace(model, graphs=(replace(model.main, outputs=(6, 4)),))
    kinds = [op.kind for op in without_computed_weights(both).main.ops]
    assert kinds == ["ABS", "MUL", "MUL", "FULLY_CONNECTED"]
