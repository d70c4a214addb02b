"""EMBEDDING_LOOKUP against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import constant, quantized, single_op
from ops.movements import data, table

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind


def lookup(rows: Tensor, count: int, output: str = "") -> Model:
    y = data("y", (count, *rows.shape[1:]), output or rows.dtype)
    return single_op("EMBEDDING_LOOKUP", [Tensor("i", (count,), "int32"), rows], y)


CASES = {
    "int8": lookup(table((10, 4)), 3),
    "odd runs": lookup(table((7, 2, 3)), 5),
    "float32": lookup(table((10, 4), "float32"), 3),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_int8_rows_become_float32() -> None:
    """tflite-runtime multiplies by one scale for each row."""
    assert_cases_agree({"hybrid": lookup(table((10, 5)), 4, "float32")}, tflite=False)


def test_a_zero_point_is_refused_where_rows_become_float32() -> None:
    rows = constant("x", np.zeros((3, 2), np.int8), 0.1, zero_point=4)
    with pytest.raises(UnsupportedError, match="zero point 4"):
        bind(lookup(rows, 2, "float32").main)


def test_another_scale_is_refused() -> None:
    index, y = Tensor("i", (2,), "int32"), quantized("y", (2, 4), 0.1)
    with pytest.raises(UnsupportedError, match="differ in scale"):
        bind(single_op("EMBEDDING_LOOKUP", [index, table((3, 4))], y).main)
