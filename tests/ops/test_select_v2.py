"""SELECT_V2 against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from ops.broadcasts import fixed, tensor
from ops.cases import assert_cases_agree
from ops.harness import single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Quantization, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute

SHAPES = (
    ((1, 3, 4, 5), (1, 3, 4, 5), (1, 3, 4, 5)),
    ((1, 3, 4, 1), (1, 3, 4, 5), (1, 3, 4, 5)),
    ((1, 3, 4, 5), (5,), ()),
    ((2, 1), (1, 3), (2, 3)),
    ((), (2, 3), (3,)),
    ((3, 1, 5), (1, 4, 1), (1, 1, 1)),
)


def selected(condition: Tensor, a: Tensor, b: Tensor) -> Model:
    shape = np.broadcast_shapes(condition.shape, a.shape, b.shape)
    return single_op("SELECT_V2", [condition, a, b], tensor("y", shape, a.dtype))


def cases(*dtypes: str) -> dict[str, Model]:
    """Every way to broadcast, and constants."""
    return {
        f"{dtype} {shapes}": selected(
            tensor("c", shapes[0], "bool"),
            *(tensor(n, s, dtype) for n, s in zip("ab", shapes[1:], strict=True)),
        )
        for dtype in dtypes
        for shapes in SHAPES
    } | {
        f"{dtype} constants": selected(
            fixed("c", (5,), "bool"), tensor("a", (4, 5), dtype), fixed("b", (1, 5), dtype)
        )
        for dtype in dtypes
    }


CASES = cases("int8", "int16", "float32")
OF_TFLITE = cases("uint8", "int32", "int64", "bool")  # TFLM has none of these types


def test_every_type_and_broadcast() -> None:
    assert_cases_agree(CASES, samples=2, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)
    assert_cases_agree(OF_TFLITE, compiler=compiler, tflm=False)


def test_by_hand() -> None:
    model = selected(
        *(tensor(n, (3,), d) for n, d in (("c", "bool"), ("a", "int8"), ("b", "int8")))
    )
    inputs = [np.array([[True, False, True]]), np.int8([[1, 2, 3]]), np.int8([[4, 5, 6]])]
    np.testing.assert_array_equal(execute(model.main, inputs)[3], [[1, 5, 3]])


def test_refuses_another_scale_than_the_outputs() -> None:
    a = replace(tensor("a", (3,), "int8"), quantization=Quantization((0.1,), (3,)))
    with pytest.raises(UnsupportedError, match="differ in scale or zero point"):
        bind(selected(tensor("c", (3,), "bool"), a, tensor("b", (3,), "int8")).main)
