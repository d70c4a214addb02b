"""`edgeq convert` as people and scripts meet it: every scheme, budgets that can and cannot be met,
one-line errors.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from quantize.models import residual, samples
from quantize.test_kept_states import sequence
from quantize.test_wide_states import SMOOTH, filtered

from edgeq.cli import run
from edgeq.graph import read_tflite, write_tflite
from edgeq.quantize.schemes import SCHEMES

QUICK = ["--calibrator", "min-max", "--rounding", "nearest"]
KEYS = {
    "output",
    "bytes",
    "float_bytes",
    "operators",
    "inputs",
    "outputs",
    "accuracy",
    "scheme",
    "calibrator",
    "front",
    "point",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small float model, data for it, the same with labels, and data with a hole."""
    path = tmp_path_factory.mktemp("convert")
    model, x = residual(), samples(residual(), 24).x
    (path / "float.tflite").write_bytes(write_tflite(model))
    np.savez(path / "data.npz", x=x)
    np.savez(path / "labelled.npz", x=x, y=np.arange(24) % 5)
    x[3, 2, 1, 0] = np.nan
    np.savez(path / "hole.npz", x=x)
    return path


def convert(folder: Path, tmp_path: Path, *more: str, data: str = "data.npz") -> int:
    return run(
        [
            "convert",
            str(folder / "float.tflite"),
            "-o",
            str(tmp_path / "out.tflite"),
            "--calibration",
            str(folder / data),
            *QUICK,
            *more,
        ]
    )


def test_the_accuracy_is_that_of_the_scheme(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        convert(folder, tmp_path, "--scheme", "int4", "--eval", str(folder / "labelled.npz")) == 0
    )
    shown = capsys.readouterr().out
    assert "accuracy, float" in shown
    assert "accuracy, int4" in shown
    assert "accuracy, int8" not in shown
    assert max(map(len, shown.splitlines()[1:])) <= 80


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme != "mixed"])
def test_every_scheme_says_what_it_made(
    scheme: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = convert(
        folder, tmp_path, "--scheme", scheme, "--eval", str(folder / "labelled.npz"), "--json"
    )
    found, written = json.loads(capsys.readouterr().out), (tmp_path / "out.tflite").read_bytes()
    assert status == 0
    assert set(found) >= KEYS
    assert found["scheme"] == scheme
    assert found["calibrator"] == ("none" if scheme == "dynamic" else "min-max")
    assert (found["front"], found["point"]) == ([], None)
    assert found["bytes"] == len(written)
    assert found["float_bytes"] == (folder / "float.tflite").stat().st_size
    assert found["accuracy"]["metric"] == "accuracy"
    ends = {"int16x8": "int16", "dynamic": "float32"}.get(scheme, "int8")
    for end in (*found["inputs"], *found["outputs"]):
        assert end["dtype"] == ends
        assert set(end) >= {"name", "shape", "dtype", "scale", "zero_point"}
    weights = {
        t.dtype for t in read_tflite(written).main.tensors if t.constant and len(t.shape) == 4
    }
    assert weights == {"int4" if scheme == "int4" else "int8"}


def test_what_weights_count_in_codebooks_can_be_stated(folder: Path, tmp_path: Path) -> None:
    files = {}
    for way in ("equal", "inputs"):
        assert (
            convert(
                folder, tmp_path, "--scheme", "codebook", "--codebook-importance", way, "--quiet"
            )
            == 0
        )
        files[way] = (tmp_path / "out.tflite").read_bytes()
    assert files["equal"] != files["inputs"]


@pytest.mark.slow
def test_mixed_precision_shows_its_front_and_the_point_taken(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(folder, tmp_path, "--scheme", "mixed", "--point", "1", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    sizes = [point["flash_bytes"] for point in found["front"]]
    assert (found["scheme"], found["point"]) == ("mixed", 1)
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) > 3
    assert {
        "flash_bytes",
        "arena_bytes",
        "instructions",
        "error",
        "accuracy_loss",
        "changes",
    } <= set(found["front"][0])


@pytest.mark.slow
def test_a_budget_that_cannot_be_met_is_one_line_and_exit_1(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(folder, tmp_path, "--scheme", "mixed", "--max-flash", "10") == 1
    assert "the nearest has flash" in one_line(capsys)
    assert not (tmp_path / "out.tflite").exists()


def test_a_folder_that_is_not_there_leaves_nothing_behind(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(folder, tmp_path / "missing") == 2
    assert one_line(capsys)
    assert not list(tmp_path.iterdir())


WRONG = {
    "a budget without mixed precision": ["--max-flash", "10"],
    "a point without a front": ["--point", "1"],
    "unknown scheme": ["--scheme", "int2"],
    "unknown calibrator": ["--calibrator", "best"],
    "unknown rounding": ["--rounding", "up"],
    "unknown quantizer": ["--quantizer", "tvm"],
    "a choice that TensorFlow's quantizer lacks": ["--quantizer", "tensorflow"],
    "a percentile beyond all": ["--percentile", "101"],
    "a codebook of one bit": ["--codebook-bits", "1"],
    "unknown importance": ["--codebook-importance", "some"],
    "data that is not there": ["--calibration", "nowhere.npz"],
    "an unknown metric": ["--eval", "{folder}/labelled.npz", "--metric", "beauty"],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_one_line_and_exit_2(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(folder, tmp_path, *(a.format(folder=folder) for a in WRONG[name])) == 2
    assert one_line(capsys)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_data_with_a_hole_is_one_line_and_exit_2(
    scheme: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(folder, tmp_path, "--scheme", scheme, data="hole.npz") == 2
    line = one_line(capsys)
    assert "hole.npz" in line
    assert "NaN" in line
    assert not list(tmp_path.iterdir())


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The error, which is all that was printed."""
    captured = capsys.readouterr()
    lines = [
        line for line in captured.err.strip().splitlines() if not line.startswith("converting ")
    ]
    assert captured.out == ""
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: ")
    assert lines[0].count(" — ") >= 2
    return lines[0]


def test_a_model_for_arduinos_tflm_has_one_scale_a_layer(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert convert(folder, tmp_path, "--for", "tflm-arduino") == 0
    graph = read_tflite(tmp_path / "out.tflite").main
    assert not any(
        tensor.quantization and tensor.quantization.per_channel for tensor in graph.tensors
    )
    for_arduino = ["--framework", "arduino", "--board", "nano-33-ble", "--engine", "tflm"]
    assert (
        run(["generate", str(tmp_path / "out.tflite"), "-o", str(tmp_path / "p"), *for_arduino])
        == 0
    )
    for wrong in (["--for", "mbed"], ["--for", "tflm-arduino", "--scheme", "int4"]):
        assert convert(folder, tmp_path, *wrong) == 2
    assert "--for mbed — it is not known — give tflm-arduino" in capsys.readouterr().err


def test_the_type_of_states_is_said_with_what_it_was_chosen_by(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "float.tflite").write_bytes(write_tflite(filtered(*SMOOTH)))
    np.savez(tmp_path / "data.npz", x=sequence(24).x)
    assert convert(tmp_path, tmp_path) == 0
    rows = [
        line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("state ")
    ]
    assert len(rows) == 1
    assert re.search(r"int8, y.-1., y.-2.: [0-9.]+ dB with int8", rows[0])
    assert convert(tmp_path, tmp_path, "--json") == 0
    (state,) = json.loads(capsys.readouterr().out)["states"]
    assert (state["name"], state["dtype"], state["int16_db"]) == ("y[-1], y[-2]", "int8", None)
    assert f"{state['int8_db']:.1f} dB" in rows[0]
