"""Arrays in .npz files: values, labels and groups, and every error by its message."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from data.loading import PAIR, VECTOR, X, refusal, saved

from edgeq.data import LoadOptions, as_samples, load_samples


class TestNpz:
    def test_values_labels_and_groups(self, tmp_path: Path) -> None:
        samples = load_samples(
            saved(tmp_path / "d.npz", x=X, y=[0, 2], group=[5, 5], other=["unread"]), VECTOR
        )
        assert np.array_equal(samples.x, X)
        assert samples.x.dtype == np.float32
        assert samples.y is not None
        assert samples.group is not None
        assert (samples.y.tolist(), samples.group.tolist()) == ([0, 2], [5, 5])
        assert (samples.count, samples.origin, samples.note) == (2, "d.npz", "values as they are")

    def test_a_path_is_a_source_as_well(self, tmp_path: Path) -> None:
        path = Path(saved(tmp_path / "d.npz", x=X))
        assert np.array_equal(as_samples(path, VECTOR).x, X)

    def test_integers_with_scale_and_offset(self, tmp_path: Path) -> None:
        raw = X.astype(np.int8)
        samples = load_samples(saved(tmp_path / "d.npz", x=raw, scale=0.5, offset=-1), VECTOR)
        assert np.array_equal(samples.x, X * np.float32(0.5) - np.float32(1))
        assert samples.note == "x * 0.5 - 1"

    def test_several_inputs_by_number_or_name(self, tmp_path: Path) -> None:
        a, b = np.ones((5, 2)), np.ones((5, 3))
        for keys in ({"x0": a, "x1": b}, {"left": a, "right": b}, {"x0": a, "right": b}):
            samples = load_samples(saved(tmp_path / "d.npz", **keys), PAIR)
            assert [x.shape for x in samples.inputs] == [(5, 2), (5, 3)]
        assert "no x1 for input 'right' — it holds left" in refusal(
            saved(tmp_path / "d.npz", left=a), PAIR
        )
        alone = refusal(saved(tmp_path / "d.npz", x=a), PAIR)
        assert (
            "d.npz: no x0 for input 'left' — it holds x — save one array for each of the 2 inputs"
            in alone
        )
        uneven = refusal(saved(tmp_path / "d.npz", x0=a, x1=b[:4]), PAIR)
        assert "input 'right' — it has 4 samples, the first input 5" in uneven

    @pytest.mark.parametrize(
        ("y", "expected"),
        [
            ([[3], [4]], [3, 4]),
            ([1.0, 0.0], [1, 0]),
            ([True, False], [1, 0]),
            ([0.5, 1.0], [0.5, 1.0]),
        ],
    )
    def test_labels_come_in_several_forms(
        self, tmp_path: Path, y: object, expected: list[float]
    ) -> None:
        samples = load_samples(saved(tmp_path / "d.npz", x=X, y=y), VECTOR)
        assert samples.y is not None
        assert samples.y.tolist() == expected
        assert samples.y.dtype == (np.float32 if expected == [0.5, 1.0] else np.int64)

    @pytest.mark.parametrize(
        ("arrays", "said"),
        [
            (
                {"a": X, "b": X},
                "d.npz: no array x — it holds a, b — say which are the samples, d.npz:a",
            ),
            ({"scale": 1}, "it holds scale — save the samples as x"),
            ({"x": X, "y": [1]}, "y — it has 1 samples, the first input 2"),
            ({"x": X, "y": [1j, 2]}, "y — it is of type complex128"),
            ({"x": X, "y": [[b"a"], [b"\xff"]]}, "is no UTF-8 text"),
            ({"x": X, "y": ["a", ""]}, "the label '' of sample 1 is empty"),
            ({"x": X, "y": ["a", "\x1b[2Jb"]}, "no line of plain text"),
            (
                {"x": X, "y": [0, np.nan]},
                "1 labels are NaN, infinite or beyond float32, the first, nan, at 1",
            ),
            ({"x": X, "y": [0, 1e300]}, "the first, 1e+300, at 1"),
            ({"x": X, "group": [0.5, 1]}, "group — it is float64"),
            ({"x": X, "scale": [1, 2]}, "scale — it is int64 [2]"),
            ({"x": X, "scale": -1}, "give a number above 0"),
            ({"x": X, "offset": 1}, "there is no scale"),
            ({"x": X + 1j}, "the data is complex"),
            ({"x": X.astype(str)}, "the data is text, the model takes float32"),
            ({"x": X[:, :3]}, "shape [2, 3] — input 'features' of the model is [1, 4]"),
            ({"x": np.full((2, 4), np.nan)}, "8 values are NaN or infinite, the first at [0, 0]"),
            ({"x": np.full((2, 4), 1e300)}, "NaN or infinite"),
            ({"x": np.zeros((0, 4))}, "it holds no samples"),
            ({"x": np.array([{}, {}])}, "pickled Python objects"),
        ],
    )
    def test_refusals(self, tmp_path: Path, arrays: dict[str, object], said: str) -> None:
        assert said in refusal(saved(tmp_path / "d.npz", **arrays))

    @pytest.mark.parametrize(
        ("arrays", "choices"),
        [
            ({"X": X, "Y": [1, 0]}, "x is 'X', y is 'Y'"),
            ({"data": X, "target": [1, 0], "names": ["a"]}, "x is 'data', y is 'target'"),
            ({"x_train": X, "y_train": [1, 0]}, "x is 'x_train', y is 'y_train'"),
            ({"X_test": X, "y_test": [1, 0], "labels": [9]}, "x is 'X_test', y is 'y_test'"),
            ({"arr_0": X, "y": [1, 0]}, "x is 'arr_0'"),
            ({"x": X, "labels": [1, 0], "X": [0]}, "y is 'labels'"),
            ({"features": X, "y": [1, 0]}, ""),
        ],
    )
    def test_other_names_are_taken_where_one_can_be_meant(
        self, tmp_path: Path, arrays: dict[str, object], choices: str
    ) -> None:
        samples = load_samples(saved(tmp_path / "d.npz", **arrays), VECTOR)
        assert np.array_equal(samples.x, X)
        assert samples.y is not None
        assert (samples.y.tolist(), samples.choices) == ([1, 0], choices)

    @pytest.mark.parametrize("y", [np.array([0, 1e30]), np.array([0, 1 << 63], np.uint64)])
    def test_huge_labels_do_not_wrap(self, tmp_path: Path, y: np.ndarray) -> None:
        samples = load_samples(saved(tmp_path / "d.npz", x=X, y=y), VECTOR)
        assert samples.y is not None
        assert samples.y.tolist() == y.astype(np.float32).tolist()

    def test_an_array_is_chosen_by_its_name(self, tmp_path: Path) -> None:
        source = saved(tmp_path / "mnist.npz", x_train=X[:1], y_train=[5], x_test=X, y_test=[1, 0])
        samples = load_samples(f"{source}:x_test", VECTOR)
        assert samples.y is not None
        assert (samples.count, samples.y.tolist()) == (2, [1, 0])
        said = refusal(source)
        assert (
            "it holds x_test, x_train, y_test, y_train — say which are the samples, mnist.npz:x_train"
            in said
        )
        assert "mnist.npz: x_dev — it holds x_test" in refusal(f"{source}:x_dev")
        assert "no such file" in refusal(f"{source}x:x_dev")

    def test_a_header_that_claims_more_than_the_file_holds(self, tmp_path: Path) -> None:
        stream = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            stream, {"descr": "<f4", "fortran_order": False, "shape": (1 << 26, 4)}
        )
        with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
            archive.writestr("x.npy", stream.getvalue() + bytes(64))
        assert "its header claims 1,073,741,824 bytes, 64 are there" in refusal(
            str(tmp_path / "d.npz")
        )
        small = saved(tmp_path / "d.npz", x=np.zeros((100, 4)))
        assert "the limit is 1,024" in refusal(small, options=LoadOptions(max_bytes=1024))

    def test_a_damaged_archive(self, tmp_path: Path) -> None:
        path = Path(saved(tmp_path / "d.npz", x=X))
        whole = path.read_bytes()
        for cut in range(0, len(whole), 7):
            path.write_bytes(whole[:cut])
            refusal(str(path))


def test_take_cuts_everything(tmp_path: Path) -> None:
    samples = load_samples(saved(tmp_path / "d.npz", x=X, y=[0, 2], group=[5, 6]), VECTOR).take(1)
    assert samples.y is not None
    assert samples.group is not None
    assert (samples.count, len(samples.y), len(samples.group)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("scale", "offset", "said"),
    [
        (1, 0, "values as they are"),
        (0.5, 0, "x * 0.5"),
        (1, 2, "x + 2"),
        (1, -2, "x - 2"),
        (0.5, 3, "x * 0.5 + 3"),
    ],
)
def test_scaling_is_said_without_what_changes_nothing(
    tmp_path: Path, scale: float, offset: float, said: str
) -> None:
    path = saved(tmp_path / "d.npz", x=X, scale=scale, offset=offset)
    assert load_samples(path, VECTOR).note == said
