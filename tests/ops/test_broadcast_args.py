"""BROADCAST_ARGS against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, constant, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def args(a: int, b: int, dtype: str = "int32") -> Model:
    x, y = Tensor("a", (a,), dtype), Tensor("b", (b,), dtype)
    return single_op("BROADCAST_ARGS", [x, y], Tensor("y", (max(a, b),), dtype))


def broadcasting(a: int, b: int, dtype: str) -> list[Values]:
    """Shapes [samples, n] that broadcast."""
    rng = np.random.default_rng(0)
    whole = rng.integers(2, 9, (16, max(a, b))).astype(dtype)
    return [np.where(rng.random((16, n)) < 0.5, 1, whole[:, -n:]).astype(dtype) for n in (a, b)]


LENGTHS = ((3, 3), (4, 2), (1, 4))
CASES = {
    "a constant": single_op(
        "BROADCAST_ARGS",
        [Tensor("a", (3,), "int32"), constant("b", np.int32([1, 1]))],
        Tensor("y", (3,), "int32"),
    ),
    "int64": args(2, 3, "int64"),
}


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_shapes_that_broadcast(dtype: str) -> None:
    for a, b in LENGTHS:
        inputs = broadcasting(a, b, dtype)
        assert_cases_agree({"args": args(a, b, dtype)}, inputs=inputs, compiled=False)


def test_of_64_bits_32_count() -> None:
    inputs = [np.int64([[-(2**63), 2**40 + 5, 7]]), np.int64([[0, 1, 2**33 + 1]])]
    assert_cases_agree({"args": args(3, 3, "int64")}, inputs=inputs)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_compiled(dtype: str) -> None:
    for a, b in LENGTHS:
        model, inputs = args(a, b, dtype), broadcasting(a, b, dtype)
        expected = np.array([np.broadcast_shapes(*s) for s in zip(*inputs, strict=True)])
        np.testing.assert_array_equal(execute(model.main, inputs)[2], expected)
        np.testing.assert_array_equal(compiled_output(model, inputs), expected)


def test_shapes_that_are_no_vectors_are_refused() -> None:
    a, b = Tensor("a", (2, 2), "int32"), Tensor("b", (2,), "int32")
    with pytest.raises(UnsupportedError, match="not vectors"):
        bind(single_op("BROADCAST_ARGS", [a, b], Tensor("y", (2,), "int32")).main)
