"""REVERSE_SEQUENCE against tflite-runtime and the compiled C; TFLM has none."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output
from ops.movements import data, moved

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def turned(
    shape: tuple[int, ...], along: int, slices: int, dtype: str = "float32", index: str = "int32"
) -> Model:
    said = {"seq_dim": along, "batch_dim": slices}
    lengths = Tensor("n", shape[slices : slices + 1], index)
    return moved(
        "REVERSE_SEQUENCE",
        data("x", shape, dtype),
        lengths,
        shape,
        "ReverseSequenceOptions",
        **said,
    )


CASES = {
    "steps of a batch": turned((3, 5, 4), 1, 0),
    "batches behind": turned((5, 3, 2), 0, 1, "int16"),
    "axes apart": turned((2, 3, 4, 5, 3), 3, 1, "uint8"),
    "the last axis": turned((2, 3, 7), 2, 0, "int32", "int64"),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES, tflm=False, compiled=False)


@pytest.mark.slow
def test_every_type_and_axis() -> None:
    types = ("uint8", "int16", "int32", "int64", "float32")
    models = {
        f"{t} {i}": turned((2, 6, 3), 1, 0, t, i)
        for t, i in zip(types, ("int32", "int64", "int32", "int64", "int32"), strict=True)
    }
    axes = [(along, slices) for along in range(4) for slices in range(4) if along != slices]
    models |= {f"{a} of {b}": turned((2, 3, 4, 5), a, b, "uint8") for a, b in axes}
    assert_cases_agree(CASES | models, tflm=False)


def test_constant_lengths_turn_what_they_say() -> None:
    model = turned((2, 4), 1, 0, "int32")
    x = np.arange(8, dtype=np.int32).reshape(1, 2, 4)
    found = execute(model.main, [x, np.int32([[3, 1]])])[2]
    np.testing.assert_array_equal(found[0], [[2, 1, 0, 3], [4, 5, 6, 7]])


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_lengths_out_of_range_count_as_the_nearest(dtype: str) -> None:
    model, limits = turned((6, 4), 1, 0, "int16", dtype), np.iinfo(np.dtype(dtype))
    x = np.arange(24, dtype=np.int16).reshape(1, 6, 4)
    lengths = np.array([[limits.min, -1, 0, 4, 5, limits.max]]).astype(dtype)
    found = execute(model.main, [x, lengths])[2]
    np.testing.assert_array_equal(found[0, :3], x[0, :3])
    np.testing.assert_array_equal(found[0, 3:], x[0, 3:, ::-1])
    np.testing.assert_array_equal(found, compiled_output(model, [x, lengths]))


@pytest.mark.parametrize(("along", "slices"), [(0, 0), (3, 0), (1, 3), (-1, 0)])
def test_axes_that_are_not_there_are_refused(along: int, slices: int) -> None:
    with pytest.raises(UnsupportedError, match=f"{along}"):
        bind(turned((2, 3, 4), along, slices).main)
