"""Recordings: takes of classes, one after the other, in one `.npz`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeq.data import InputSpec, LoadOptions, load_samples
from edgeq.data.recorded import read_recording, with_take, write_recording
from edgeq.errors import EdgeqError

FIRST, SECOND = np.arange(24, dtype=np.int16).reshape(2, 4, 3), np.ones((3, 4, 3), np.int16)


def record(path: Path, x: np.ndarray, label: str) -> None:
    write_recording(path, with_take(read_recording(path), x, label, path))


def test_takes_are_added_and_read_as_data(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    for x, label in ((FIRST, "wave"), (SECOND, "circle, left"), (FIRST, "wave")):
        record(path, x, label)
    found = read_recording(path)
    assert found is not None
    assert found.y.tolist() == ["wave"] * 2 + ["circle, left"] * 3 + ["wave"] * 2
    assert found.group.tolist() == [0, 0, 1, 1, 1, 2, 2]
    np.testing.assert_array_equal(found.x, np.concatenate([FIRST, SECOND, FIRST]))
    samples = load_samples(str(path), (InputSpec("x", (1, 4, 3)),), LoadOptions())
    assert samples.classes == ("circle, left", "wave")
    assert samples.y is not None
    assert samples.y.tolist() == [1, 1, 0, 0, 0, 1, 1]


def test_time_steps_are_a_log_whose_windows_lie_in_one_take(tmp_path: Path) -> None:
    path = tmp_path / "log.npz"
    time_steps = np.arange(30, dtype=np.float32).reshape(10, 3)
    for label in ("wave", "wave", "rest"):
        record(path, time_steps, label)
    specs = (InputSpec("x", (1, 4, 3)),)
    samples = load_samples(str(path), specs, LoadOptions(window=4))
    assert samples.y is not None
    assert samples.y.tolist() == [1, 1, 1, 1, 0, 0]
    np.testing.assert_array_equal(samples.x[2], time_steps[2:6])


def test_another_shape_or_type_is_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    record(path, FIRST, "wave")
    before = path.read_bytes()
    for other in (FIRST[:, :3], FIRST.astype(np.float32)):
        with pytest.raises(EdgeqError, match=r"it has samples of \[4, 3\] int16, these are"):
            record(path, other, "wave")
    assert path.read_bytes() == before


FOREIGN = {
    "other arrays": {"x": FIRST, "y": np.zeros(2, np.int64)},
    "labels that are numbers": {
        "x": FIRST,
        "y": np.zeros(2, np.int64),
        "group": np.zeros(2, np.int64),
    },
    "too few labels": {"x": FIRST, "y": np.array(["a"]), "group": np.zeros(1, np.int64)},
    "objects": {
        "x": FIRST,
        "y": np.array(["a", None], object),
        "group": np.zeros(2, np.int64),
    },
}


@pytest.mark.parametrize("case", FOREIGN)
def test_a_file_of_another_kind_is_not_overwritten(case: str, tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, **FOREIGN[case])
    with pytest.raises(EdgeqError):
        read_recording(path)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    path.write_bytes(b"PK\3\4 no archive")
    with pytest.raises(EdgeqError, match=r"it is no \.npz"):
        read_recording(path)
