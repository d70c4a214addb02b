"""GATHER_ND against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output
from ops.movements import data, moved, table

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def gather_nd(x: Tensor, index: tuple[int, ...], dtype: str = "int32") -> Model:
    y = (*index[:-1], *x.shape[index[-1] :])
    return moved("GATHER_ND", x, Tensor("i", index, dtype), y)


CASES = {
    "rows": gather_nd(table((5, 4)), (3, 1)),
    "elements": gather_nd(data("x", (2, 5, 3)), (2, 4, 3)),
    "odd runs": gather_nd(data("x", (2, 5, 3)), (6, 2)),
    "float32": gather_nd(data("x", (4, 3), "float32"), (5, 1)),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_types_that_tflm_does_not_know() -> None:
    types = ("uint8", "int16", "int32", "int64")
    models = {t: gather_nd(data("x", (4, 3), t), (5, 1)) for t in types}
    models["int64 indices"] = gather_nd(table((10, 4)), (2, 3, 2), "int64")
    assert_cases_agree(models, tflm=False)


def test_an_index_out_of_range_counts_as_the_nearest() -> None:
    model = gather_nd(table((5, 2)), (3, 2))
    index = np.array([[[-1, 1], [5, 0], [2, 99]]], np.int32)
    expected = execute(model.main, [index])[2]
    np.testing.assert_array_equal(expected[0], model.main.tensors[0].array[[0, 4, 2], [1, 0, 1]])
    np.testing.assert_array_equal(expected, compiled_output(model, [index]))


def test_too_many_indexed_axes_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="do not fit"):
        bind(gather_nd(data("x", (2, 3)), (1, 3)).main)
