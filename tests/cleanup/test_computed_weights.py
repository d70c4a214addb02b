"""Dense layers of two computed tensors become products of matrices, and every value stays."""

from __future__ import annotations

import numpy as np
import pytest
from ops.harness import compiled_output, constant, quantized, single_op, tflm_output

from edgeq.cleanup import clean_up
from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute, random_inputs


def dense(
    x: tuple[int, ...], units: int, weights: Tensor | None = None, activation: str = "NONE"
) -> Model:
    """A layer whose weights are the model's second input, by default. Outputs keep the dimensions."""
    w = weights or quantized("w", (units, x[-1]), 0.03, 11)
    return single_op(
        "FULLY_CONNECTED",
        [quantized("x", x, 0.05, -4), w, None],
        quantized("y", (*x[:-1], units), 0.2, 3),
        "FullyConnectedOptions",
        4,
        fused_activation_function=activation,
        keep_num_dims=True,
        weights_format="DEFAULT",
    )


SHIFTED = constant(
    "w", np.random.default_rng(0).integers(-128, 128, (5, 7)).astype(np.int8), 0.03, 0, 9
)
CASES = {
    "matrix": (dense((3, 7), 5), ["BATCH_MATMUL"]),
    "vector": (dense((7,), 5), ["RESHAPE", "BATCH_MATMUL", "RESHAPE"]),
    "steps": (dense((2, 3, 7), 1), ["RESHAPE", "BATCH_MATMUL", "RESHAPE"]),
    "constants with a zero point": (dense((3, 7), 5, SHIFTED), ["BATCH_MATMUL"]),
}


@pytest.mark.parametrize("name", CASES)
def test_products_are_those_of_tflm(name: str) -> None:
    model, kinds = CASES[name]
    clean = clean_up(model).model
    assert [op.kind for op in clean.main.ops] == kinds
    inputs = random_inputs(model.main, 20)
    got = execute(clean.main, inputs)[clean.main.outputs[0]]
    np.testing.assert_array_equal(got, tflm_output(model, inputs))


@pytest.mark.slow
def test_compiled() -> None:
    clean = clean_up(CASES["vector"][0]).model
    inputs = random_inputs(clean.main, 20)
    expected = execute(clean.main, inputs)[clean.main.outputs[0]]
    np.testing.assert_array_equal(compiled_output(clean, inputs), expected)


def test_other_layers_stay() -> None:
    plain = dense((3, 7), 5, constant("w", np.ones((5, 7), np.int8), 0.03))
    clipped = dense((3, 7), 5, activation="RELU")
    for model in (plain, clipped):
        assert [op.kind for op in clean_up(model).model.main.ops] == ["FULLY_CONNECTED"]
    with pytest.raises(UnsupportedError, match="is computed, not constant"):
        bind(clipped.main)
