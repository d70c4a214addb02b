"""One array in a .npy file, and its errors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data.loading import PICTURE, VECTOR, refusal

from edgeq.data import InputSpec, load_samples


class TestNpy:
    def test_values_and_the_missing_channel_axis(self, tmp_path: Path) -> None:
        np.save(tmp_path / "x.npy", np.ones((4, 2, 3)))
        assert load_samples(str(tmp_path / "x.npy"), PICTURE).x.shape == (4, 2, 3, 1)

    @pytest.mark.parametrize(
        ("shape", "count"), [((4,), 1), ((7, 1, 4), 7), ((7, 4), 7), ((1, 4), 1)]
    )
    def test_a_batch_axis_may_be_missing_or_doubled(
        self, tmp_path: Path, shape: tuple[int, ...], count: int
    ) -> None:
        np.save(tmp_path / "x.npy", np.zeros(shape))
        assert load_samples(str(tmp_path / "x.npy"), VECTOR).x.shape == (count, 4)

    def test_integer_inputs_take_whole_numbers_in_range(self, tmp_path: Path) -> None:
        tokens = (InputSpec("tokens", (1, 2), "int32"),)
        np.save(tmp_path / "x.npy", np.array([[1.0, 2.0]]))
        assert load_samples(str(tmp_path / "x.npy"), tokens).x.dtype == np.int32
        np.save(tmp_path / "x.npy", np.array([[1.5, 2.0]]))
        assert "int32 cannot hold" in refusal(str(tmp_path / "x.npy"), tokens)

    def test_refusals(self, tmp_path: Path) -> None:
        path = tmp_path / "x.npy"
        np.save(path, np.array([{}]), allow_pickle=True)
        assert "pickled" in refusal(str(path))
        path.write_bytes(b"")
        refusal(str(path))
        path.write_bytes(b"\x93NUMPY\x01\x00\xff\xff{")
        refusal(str(path))
        assert "no such file" in refusal(str(tmp_path / "absent.npy"))
        (tmp_path / "x.mat").write_bytes(b"x")
        assert ".mat is not read" in refusal(str(tmp_path / "x.mat"))
