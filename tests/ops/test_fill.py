"""FILL against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import constant, single_op
from ops.movements import data

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind


def fill(shape: tuple[int, ...], dtype: str = "float32", index: str = "int32") -> Model:
    sizes = constant("s", np.array(shape, index))
    return single_op("FILL", [sizes, Tensor("v", (), dtype)], Tensor("y", shape, dtype))


CASES = {
    "float32": fill((2, 3, 5)),
    "int32": fill((4, 1), "int32"),
    "int64 sizes": fill((3, 3), index="int64"),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_types_that_tflm_does_not_know() -> None:
    models = {t: fill((2, 5), t) for t in ("int64", "bool")}
    assert_cases_agree(models | {"a scalar": fill((), "int32")}, tflm=False)


@pytest.mark.slow
def test_types_that_tflite_does_not_know() -> None:
    assert_cases_agree({"int8": fill((2, 5), "int8")}, tflite=False)
    here = {t: fill((2, 5), t) for t in ("int16", "uint8")}
    assert_cases_agree(here, tflite=False, tflm=False)


def test_a_value_that_is_no_scalar_is_refused() -> None:
    sizes, value = constant("s", np.int32([2, 3])), data("v", (1,), "int32")
    with pytest.raises(UnsupportedError, match=r"shape \[2, 3\] of a value \[1\]"):
        bind(single_op("FILL", [sizes, value], data("y", (2, 3), "int32")).main)


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"shape \[-2, 3\]"):
        bind(fill((-2, 3)).main)
