"""Every data format by a small example, and every error by its message."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgeq.data import ImageOptions, InputSpec, LoadOptions, load_samples
from edgeq.errors import EdgeqError

VECTOR = (InputSpec("features", (1, 4)),)
PICTURE = (InputSpec("image", (1, 2, 3, 1)),)
COLOUR = (InputSpec("image", (1, 2, 2, 3)),)
PAIR = (InputSpec("left", (1, 2)), InputSpec("right", (1, 3)))
X = np.arange(8, dtype=np.float32).reshape(2, 4)


def saved(path: Path, **arrays: object) -> str:
    np.savez(path, **arrays)
    return str(path)


def refusal(
    source: str, specs: tuple[InputSpec, ...] = VECTOR, options: LoadOptions | None = None
) -> str:
    with pytest.raises(EdgeqError) as error:
        load_samples(source, specs, options)
    message = str(error.value)
    assert "\n" not in message
    assert message.count(" — ") == 2
    return message


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

    def test_integers_with_scale_and_offset(self, tmp_path: Path) -> None:
        raw = X.astype(np.int8)
        samples = load_samples(saved(tmp_path / "d.npz", x=raw, scale=0.5, offset=-1), VECTOR)
        assert np.array_equal(samples.x, X * np.float32(0.5) - np.float32(1))
        assert samples.note == "x * 0.5 + -1"

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


class TestCsv:
    def written(self, tmp_path: Path, text: str) -> str:
        (tmp_path / "t.csv").write_text(text)
        return str(tmp_path / "t.csv")

    def test_header_and_label_column_are_found(self, tmp_path: Path) -> None:
        samples = load_samples(
            self.written(tmp_path, "a,b,label,c,d\n1,2,7,3,4\n5,6,8,7,8.5\n\n"), VECTOR
        )
        assert samples.x.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8.5]]
        assert samples.y is not None
        assert samples.y.tolist() == [7, 8]

    def test_names_as_labels_semicolons_and_groups(self, tmp_path: Path) -> None:
        text = "y;group;a;b;c;d\ndog;1;1;2;3;4\ncat;2;1;2;3;4\n"
        samples = load_samples(self.written(tmp_path, text), VECTOR)
        assert samples.y is not None
        assert samples.group is not None
        assert (samples.y.tolist(), samples.classes, samples.group.tolist()) == (
            [1, 0],
            ("cat", "dog"),
            [1, 2],
        )

    def test_label_column_by_number(self, tmp_path: Path) -> None:
        source = self.written(tmp_path, "1,2,3,4,9\n")
        samples = load_samples(source, VECTOR, LoadOptions(label_column="-1"))
        assert samples.y is not None
        assert (samples.x.tolist(), samples.y.tolist()) == ([[1, 2, 3, 4]], [9])

    def test_rows_follow_the_inputs_order(self, tmp_path: Path) -> None:
        samples = load_samples(self.written(tmp_path, "1,2,3,4,5,6\n"), PICTURE)
        assert samples.x[0, :, :, 0].tolist() == [[1, 2, 3], [4, 5, 6]]

    def test_index_and_time_columns_are_left_out_where_they_are_too_many(
        self, tmp_path: Path
    ) -> None:
        samples = load_samples(self.written(tmp_path, "Time,a,b,c,d\n09:00,1,2,3,4\n"), VECTOR)
        assert (samples.x.tolist(), samples.choices) == ([[1, 2, 3, 4]], "Time left out")
        samples = load_samples(self.written(tmp_path, "time,a,b,c\n9,1,2,3\n"), VECTOR)
        assert (samples.x.tolist(), samples.choices) == ([[9, 1, 2, 3]], "")

    def test_groups_may_be_text(self, tmp_path: Path) -> None:
        samples = load_samples(
            self.written(tmp_path, "a,b,c,d,group\n1,2,3,4,bob\n1,2,3,4,ann\n"), VECTOR
        )
        assert samples.group is not None
        assert samples.group.tolist() == [1, 0]

    @pytest.mark.parametrize(
        ("text", "label", "said"),
        [
            ("", None, "it is empty"),
            ("a,b,c,d\n", None, "no samples below its header"),
            ("1,2,3,4,5\n", None, "line 1 — it has 5 columns; input 'features' [1, 4] takes 4"),
            ("1,2,3,4\n1,2,x,4\n", None, "line 2 — 'x' is not a number"),
            ("1,2,3,4\n1,2,3\x00,4\n", None, "line 2 — '3\\x00' is not a number"),
            ("a;b;c;d\n1;2;3;4\n1;2;3,5;4\n", None, "line 3 — '3,5' has a decimal comma"),
            ("1,2,3,4\n1,2,,4\n", None, "line 2 — the cell of column 2 (from 0) is empty"),
            ("1,2,3,4\n1,2,3\n", None, "line 2 — it has 3 columns, the rows before 4"),
            ("1,2,3,4,nan\n", "4", "1 labels are NaN"),
            ("1,2,3,4,1e400\n", "4", "1 labels are NaN, infinite"),
            ("1,2,3,4,a\n1,2,3,4,\n", "4", "the label '' of sample 1"),
            ("1,2,3,nan\n", None, "NaN"),
            ("1,2,3,4\n", "speed", "label column 'speed' — it has 4 columns and no header"),
            ("a,b,c,d,e\n1,2,3,4,5\n", "f", "its columns are a, b, c, d, e"),
        ],
    )
    def test_refusals(self, tmp_path: Path, text: str, label: str | None, said: str) -> None:
        assert said in refusal(
            self.written(tmp_path, text), options=LoadOptions(label_column=label)
        )

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00\x01")
        refusal(str(tmp_path / "t.csv"))


class TestImages:
    OPTIONS = LoadOptions(ImageOptions(resize="nearest", scaling="0..255"))

    def folder(self, tmp_path: Path, **files: tuple[int, int, int]) -> str:
        for name, colour in files.items():
            path = tmp_path / "set" / f"{name.replace('__', '/')}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (2, 2), colour).save(path)
        return str(tmp_path / "set")

    def test_subfolders_are_classes_and_come_in_turns(self, tmp_path: Path) -> None:
        source = self.folder(tmp_path, dog__a=(1, 2, 3), cat__b=(4, 5, 6), cat__c=(7, 8, 9))
        samples = load_samples(source, COLOUR, self.OPTIONS)
        assert samples.y is not None
        assert (samples.classes, samples.y.tolist()) == (("cat", "dog"), [0, 1, 0])
        assert samples.x[:, 0, 0].tolist() == [[4, 5, 6], [1, 2, 3], [7, 8, 9]]

    @pytest.mark.parametrize(
        ("scaling", "expected"), [("0..255", [0, 51, 255]), ("0..1", [0, 0.2, 1])]
    )
    def test_scaling_is_as_stated(
        self, tmp_path: Path, scaling: str, expected: list[float]
    ) -> None:
        source = self.folder(tmp_path, a=(0, 51, 255))
        samples = load_samples(source, COLOUR, LoadOptions(ImageOptions(scaling=scaling)))
        assert samples.x[0, 0, 0].tolist() == pytest.approx(expected)
        assert samples.y is None
        assert samples.note == f"pixels scaled to {scaling}, resize not needed"

    def test_converted_colours_are_reported(self, tmp_path: Path) -> None:
        source = self.folder(tmp_path, a=(0, 51, 255))
        samples = load_samples(source, (InputSpec("grey", (1, 4, 4, 1)),), self.OPTIONS)
        assert samples.note.endswith("resize nearest, colours converted from RGB to L")

    def test_minus_one_to_one_and_grey(self, tmp_path: Path) -> None:
        specs = (InputSpec("grey", (1, 4, 4, 1)),)
        options = LoadOptions(ImageOptions("bilinear", "-1..1"))
        samples = load_samples(
            self.folder(tmp_path, a=(255, 255, 255), b=(0, 0, 0)), specs, options
        )
        assert samples.x.shape == (2, 4, 4, 1)
        assert samples.x[:, 0, 0, 0].tolist() == [1, -1]

    def test_choices_are_never_guessed(self, tmp_path: Path) -> None:
        source = self.folder(tmp_path, a=(0, 0, 0))
        assert "scaling not given" in refusal(source, COLOUR)
        assert "image scaling 0-1" in refusal(
            source, COLOUR, LoadOptions(ImageOptions(scaling="0-1"))
        )
        unstated = refusal(
            source, (InputSpec("i", (1, 8, 9, 3)),), LoadOptions(ImageOptions(scaling="0..1"))
        )
        assert "it is 2 x 2, the model takes 9 x 8, and no resize is given" in unstated
        assert "image resize cubic" in refusal(
            source, COLOUR, LoadOptions(ImageOptions("cubic", "0..1"))
        )

    def test_refusals(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        source = self.folder(tmp_path, a=(0, 0, 0))
        assert "not [1, height, width" in refusal(source, VECTOR, self.OPTIONS)
        (tmp_path / "set" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
        assert "image set/broken.png — it cannot be read" in refusal(source, COLOUR, self.OPTIONS)
        (tmp_path / "set" / "broken.png").unlink()
        Image.fromarray(np.full((2, 2), 40000, np.uint16)).save(tmp_path / "set" / "deep.png")
        assert "more than 8 bits" in refusal(source, COLOUR, self.OPTIONS)
        (tmp_path / "set" / "deep.png").unlink()
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3)
        assert "too large" in refusal(source, COLOUR, self.OPTIONS)
        (tmp_path / "none").mkdir()
        assert "it holds no images" in refusal(str(tmp_path / "none"), COLOUR, self.OPTIONS)
        self.folder(tmp_path, cat__b=(4, 5, 6))
        assert "next to class folders" in refusal(source, COLOUR, self.OPTIONS)


CODE = """
import numpy as np
def array(): return np.ones((3, 4))
def pair(): return np.ones((3, 4)), [0, 1, 2]
def mapping(): return {"x": np.ones((3, 4), "int8"), "scale": 2.0}
def singles():
    for i in range(3): yield np.full(4, i)
def batches():
    for i in range(3): yield np.full((2, 4), i), [i, i]
def mixed():
    yield np.zeros(4), 1
    yield np.zeros(4)
def nothing(): return iter(())
def number(): return 3
def fails(): return 1 / 0
def leaves(): raise SystemExit("bye")
def text(): return "hello"
def ragged(): return [[1, 2, 3, 4], [5, 6]]
def needs(argument): return argument
def endless():
    while True: yield np.zeros((1000, 4))
thing = 3
"""


class TestCallable:
    @pytest.fixture(autouse=True)
    def module(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "edgeq_test_source.py").write_text(CODE)
        monkeypatch.chdir(tmp_path)
        monkeypatch.syspath_prepend(str(tmp_path))

    @pytest.mark.parametrize(
        ("name", "shape", "y"),
        [
            ("array", (3, 4), None),
            ("pair", (3, 4), [0, 1, 2]),
            ("mapping", (3, 4), None),
            ("singles", (3, 4), None),
            ("batches", (6, 4), [0, 0, 1, 1, 2, 2]),
        ],
    )
    def test_what_it_may_return(
        self, name: str, shape: tuple[int, ...], y: list[int] | None
    ) -> None:
        samples = load_samples(f"edgeq_test_source:{name}", VECTOR)
        assert samples.x.shape == shape
        assert (None if samples.y is None else samples.y.tolist()) == y

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("edgeq_test_source:mixed", "some of its items have labels"),
            ("edgeq_test_source:nothing", "it gave no samples"),
            ("edgeq_test_source:number", "it returned int"),
            (
                "edgeq_test_source:fails",
                "ZeroDivisionError: division by zero (edgeq_test_source.py line",
            ),
            ("edgeq_test_source:leaves", "SystemExit: bye"),
            ("edgeq_test_source:text", "it returned str — return an array"),
            ("edgeq_test_source:ragged", "source:ragged: x — it is no array: "),
            ("edgeq_test_source:ragged", "give all samples one shape"),
            (
                "edgeq_test_source:needs",
                "missing 1 required positional argument: 'argument' — mend the function",
            ),
            ("edgeq_test_source.py:array", "name the module, edgeq_test_source:array"),
            ("edgeq_test_source.py", "name its function: edgeq_test_source:FUNCTION"),
            ("edgeq_test_source:absent", "has no function 'absent'"),
            ("edgeq_test_source:thing", "has no function 'thing'"),
            ("edgeq_no_such_module:f", "there is no module 'edgeq_no_such_module'"),
        ],
    )
    def test_refusals(self, name: str, said: str) -> None:
        assert said in refusal(name)

    def test_an_endless_iterator_ends(self) -> None:
        options = LoadOptions(max_bytes=1 << 20)
        assert "more than 1048576 bytes" in refusal("edgeq_test_source:endless", options=options)


def test_take_cuts_everything(tmp_path: Path) -> None:
    samples = load_samples(saved(tmp_path / "d.npz", x=X, y=[0, 2], group=[5, 6]), VECTOR).take(1)
    assert samples.y is not None
    assert samples.group is not None
    assert (samples.count, len(samples.y), len(samples.group)) == (1, 1, 1)
