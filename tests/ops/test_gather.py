"""GATHER against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output
from ops.movements import data, moved, table

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def gather(
    x: Tensor, index: tuple[int, ...], axis: int, batch_dims: int = 0, dtype: str = "int32"
) -> Model:
    at = axis % len(x.shape)
    y = (*x.shape[:at], *index[batch_dims:], *x.shape[at + 1 :])
    said = {"axis": axis, "batch_dims": batch_dims}
    return moved("GATHER", x, Tensor("i", index, dtype), y, "GatherOptions", **said)


CASES = {
    "rows of a table": gather(table((10, 4)), (3,), 0),
    "odd runs": gather(data("x", (2, 5, 3)), (2, 2), 1),
    "the last axis": gather(data("x", (2, 5)), (4,), -1),
    "one": gather(data("x", (6, 2)), (), 0),
    "batches": gather(data("x", (2, 3, 4, 5)), (2, 6), 2, 1),
    "float32": gather(data("x", (4, 3), "float32"), (5,), 0),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_types_that_tflm_does_not_know() -> None:
    types = ("uint8", "int16", "int32", "int64", "bool")
    models = {t: gather(data("x", (4, 3), t), (5,), 0) for t in types}
    models["int64 indices"] = gather(table((10, 4)), (2, 3), 0, dtype="int64")
    assert_cases_agree(models, tflm=False)


@pytest.mark.slow
def test_random_axes() -> None:
    rng, models = np.random.default_rng(0), {}
    for k in range(40):
        shape = tuple(int(n) for n in rng.integers(1, 6, int(rng.integers(1, 5))))
        axis = int(rng.integers(0, len(shape)))
        batch = int(rng.integers(0, axis + 1))
        index = (*shape[:batch], *(int(n) for n in rng.integers(1, 5, int(rng.integers(0, 3)))))
        models[str(k)] = gather(data("x", shape), index, axis, batch if index else 0)
    assert_cases_agree(models)


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_an_index_out_of_range_counts_as_the_nearest(dtype: str) -> None:
    model = gather(table((5, 2)), (6,), 0, dtype=dtype)
    limits = np.iinfo(np.dtype(dtype))
    index = np.array([[limits.min, -1, 0, 4, 5, limits.max]]).astype(dtype)
    expected = execute(model.main, [index])[2]
    np.testing.assert_array_equal(expected[0], model.main.tensors[0].array[[0, 0, 0, 4, 4, 4]])
    np.testing.assert_array_equal(expected, compiled_output(model, [index]))


def test_an_axis_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="axis 2"):
        bind(gather(data("x", (2, 3)), (1,), 2).main)
