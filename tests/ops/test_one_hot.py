"""ONE_HOT against tflite-runtime and the compiled C; TFLM has none."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, constant, single_op
from ops.movements import data
from ops.reductions import QUANTIZED

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute

TYPES = ("int8", "uint8", "int32", "int64", "float32", "bool")


def one_hot(
    index: tuple[int, ...], depth: int, axis: int = -1, dtype: str = "float32", at: str = "int32"
) -> Model:
    scale = 0.05 if dtype in QUANTIZED else None
    on, off = (constant(n, np.array(v, dtype), scale) for n, v in (("on", 7), ("off", 0)))
    where = axis if axis >= 0 else len(index)
    y = data("y", (*index[:where], depth, *index[where:]), dtype)
    inputs = [Tensor("i", index, at), constant("d", np.array(depth, np.int32)), on, off]
    return single_op("ONE_HOT", inputs, y, "OneHotOptions", axis=axis)


CASES = {
    "classes": one_hot((1, 3), 5),
    "the first axis": one_hot((2, 3), 4, 0, "int8"),
    "an axis between": one_hot((2, 3), 4, 1, "int32", "int64"),
    "a scalar": one_hot((), 6, 0, "bool"),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES, tflm=False, compiled=False)


@pytest.mark.slow
def test_every_type() -> None:
    models = {
        f"{t} {i}": one_hot((2, 5), 3, dtype=t, at=i) for t in TYPES for i in ("int32", "int64")
    }
    assert_cases_agree(CASES | models, tflm=False)


@pytest.mark.slow
def test_indices_out_of_range_give_the_other_value() -> None:
    model = one_hot((5,), 3, dtype="int32", at="int64")
    index = np.array([[-1, 3, 1 << 31, -(1 << 63), 2]])
    found = execute(model.main, [index])[4]
    np.testing.assert_array_equal(found[0], [[0, 0, 0], [0, 0, 0], [0, 0, 0], [7, 0, 0], [0, 0, 7]])
    np.testing.assert_array_equal(found, compiled_output(model, [index]))


def test_an_axis_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="axis 3"):
        bind(one_hot((2, 3), 4, 3).main)
