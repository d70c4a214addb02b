"""ZEROS_LIKE against tflite-runtime, TFLM and the compiled C."""

import pytest
from ops.cases import assert_cases_agree
from ops.harness import single_op
from ops.movements import data

from edgeq.graph import Model


def zeros(dtype: str, shape: tuple[int, ...] = (2, 3)) -> Model:
    return single_op("ZEROS_LIKE", [data("x", shape, dtype)], data("y", shape, dtype))


CASES = {dtype: zeros(dtype) for dtype in ("float32", "int32", "int64")}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_types_that_tflite_does_not_know() -> None:
    assert_cases_agree({"int8": zeros("int8")}, tflite=False)
    here = {t: zeros(t) for t in ("int16", "uint8", "bool")}
    assert_cases_agree(here, tflite=False, tflm=False)
