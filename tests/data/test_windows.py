"""Windows of logs equal slices of the log, none across a change of label or group."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeq.data import ImageOptions, InputSpec, LoadOptions, load_samples
from edgeq.errors import EdgeqError

SPEC = (InputSpec("motion", (1, 4, 3)),)
PICTURE = (InputSpec("image", (1, 2, 2, 1)),)
FLAT = (InputSpec("motion", (1, 12)),)


def refusal(source: str, options: LoadOptions) -> str:
    with pytest.raises(EdgeqError) as error:
        load_samples(source, SPEC, options)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("seed", range(6))
def test_windows_are_slices_with_one_label_and_group(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, hop = int(rng.integers(20, 90)), int(rng.integers(1, 7))
    x = rng.normal(size=(rows, 3)).astype(np.float32)
    y, group = np.sort(rng.integers(0, 3, rows)), np.sort(rng.integers(0, 2, rows))
    np.savez(tmp_path / "log.npz", x=x, y=y, group=group)
    found = load_samples(str(tmp_path / "log.npz"), SPEC, LoadOptions(window=4, hop=hop))
    slices = [slice(start, start + 4) for start in range(0, rows - 3, hop)]
    whole = [s for s in slices if len(set(y[s])) == len(set(group[s])) == 1]
    assert np.array_equal(found.x, [x[s] for s in whole])
    assert found.y is not None
    assert found.group is not None
    assert found.y.tolist() == [y[s][0] for s in whole]
    assert found.group.tolist() == [group[s][0] for s in whole]
    left_out = len(slices) - len(whole)
    assert found.choices == f"windows of 4 rows every {hop}" + (
        f", {left_out} left out, as labels or groups change in them" if left_out else ""
    )


def log(path: Path, header: str, rows: int = 10, label: str = "") -> str:
    lines = [
        f"{i / 100},{i},{i + 1},{i + 2}" + (f",{label}{i // 5}" if label else "")
        for i in range(rows)
    ]
    path.write_text("\n".join([*([header] if header else []), *lines]))
    return str(path)


@pytest.mark.parametrize("specs", [SPEC, FLAT, (InputSpec("motion", (1, 4, 3, 1)),)])
def test_a_csv_with_time_and_labels(tmp_path: Path, specs: tuple[InputSpec, ...]) -> None:
    source = log(tmp_path / "log.csv", "t,ax,ay,az,label", label="move")
    found = load_samples(source, specs, LoadOptions(window=4))
    assert found.x.reshape(-1, 12).tolist() == [[0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5]]
    assert (found.y.tolist(), found.classes) == ([0], ("move0", "move1"))  # type: ignore[union-attr]
    assert (
        found.choices
        == "t left out; windows of 4 rows every 4, 1 left out, as labels or groups change in them"
    )


def test_columns_are_taken_in_the_order_named(tmp_path: Path) -> None:
    source = log(tmp_path / "log.csv", "a,b,c,d")
    found = load_samples(source, SPEC, LoadOptions(window=4, columns=("d", "b", "0")))
    assert found.x[0, 1].tolist() == pytest.approx([3, 1, 0.01])
    assert "column 'e' — its columns are a, b, c, d" in refusal(
        source, LoadOptions(window=4, columns=("e",))
    )


def test_without_a_window_the_right_one_is_named(tmp_path: Path) -> None:
    assert "give --window 4" in refusal(log(tmp_path / "log.csv", "t,ax,ay,az"), LoadOptions())
    np.save(tmp_path / "log.npy", np.zeros((50, 3)))
    assert "give --window 4" in refusal(str(tmp_path / "log.npy"), LoadOptions())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            LoadOptions(window=5),
            "5 rows of 3 columns are no sample of input 'motion', [1, 4, 3] — if each row",
        ),
        (LoadOptions(window=0), "rows are counted from 1"),
        (LoadOptions(window=4, hop=0), "rows are counted from 1"),
        (LoadOptions(hop=4), "--hop without --window"),
        (
            LoadOptions(window=4, hop=1, max_bytes=700),
            "15 windows take more than 700 bytes — give a larger --hop",
        ),
    ],
)
def test_refusals(tmp_path: Path, options: LoadOptions, said: str) -> None:
    np.save(tmp_path / "log.npy", np.zeros((18, 3), np.float32))
    assert said in refusal(str(tmp_path / "log.npy"), options)


def test_a_log_without_a_whole_window(tmp_path: Path) -> None:
    np.savez(tmp_path / "short.npz", x=np.zeros((3, 3)))
    assert "its 3 rows hold no window of 4 — give a longer log" in refusal(
        str(tmp_path / "short.npz"), LoadOptions(window=4)
    )
    np.savez(tmp_path / "mixed.npz", x=np.zeros((8, 3)), y=np.arange(8) % 2)
    assert "hold no window of 4 with one label" in refusal(
        str(tmp_path / "mixed.npz"), LoadOptions(window=4)
    )
    np.savez(tmp_path / "uneven.npz", x=np.zeros((8, 3)), y=np.arange(7) % 2)
    assert "y — it has 7 rows, x 8" in refusal(str(tmp_path / "uneven.npz"), LoadOptions(window=4))


def test_images_and_several_inputs_are_no_logs(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="it is a folder of images, no log"):
        load_samples(str(tmp_path), PICTURE, LoadOptions(ImageOptions(scaling="0..1"), window=4))
    np.savez(tmp_path / "d.npz", x0=np.zeros((8, 2)), x1=np.zeros((8, 2)))
    with pytest.raises(EdgeqError, match="the model has 2 inputs — give samples, not a log"):
        load_samples(
            str(tmp_path / "d.npz"),
            (InputSpec("a", (1, 2)), InputSpec("b", (1, 2))),
            LoadOptions(window=1),
        )
