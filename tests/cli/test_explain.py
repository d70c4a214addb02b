"""`edgeq explain` as people and scripts meet it: keys, tables, a picture, and models that do not
belong together.
"""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from quantize.models import FloatModel, residual, samples

from edgeq.cli import run
from edgeq.graph import read_tflite, write_tflite
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize

QUICK = Options(calibrator="min-max", rounding="nearest")
LAYER = {"index", "op", "name", "sqnr_db", "clipping", "rounding", "remedy"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A float model, its int8 one, data, and the float model of something else."""
    path = tmp_path_factory.mktemp("explain")
    content, data = write_tflite(residual()), samples(residual(), 16)
    (path / "float.tflite").write_bytes(content)
    (path / "int8.tflite").write_bytes(quantize(content, data, QUICK).content)
    other = FloatModel()
    (path / "other.tflite").write_bytes(
        write_tflite(other.model(other.dense(other.input(1, 7), 3)))
    )
    np.savez(path / "data.npz", x=data.x)
    np.savez(path / "wide.npz", x=np.zeros((4, 7), np.float32))
    return path


def explain(
    folder: Path, *more: str, reference: str = "float.tflite", data: str = "data.npz"
) -> int:
    return run(
        [
            "explain",
            str(folder / "int8.tflite"),
            "--reference",
            str(folder / reference),
            "--data",
            str(folder / data),
            *more,
        ]
    )


@pytest.mark.slow
def test_json_and_picture_name_every_layer(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(folder, "--json", "--plot", str(tmp_path / "x.svg")) == 0
    found = json.loads(capsys.readouterr().out)
    kinds = [op.kind for op in read_tflite(folder / "int8.tflite").main.ops]
    assert kinds == [
        "MEAN" if op.kind == "AVERAGE_POOL_2D" else op.kind for op in residual().main.ops
    ]
    assert [layer["op"] for layer in found["layers"]] == kinds
    for layer in found["layers"]:
        assert set(layer) >= LAYER
        assert layer["clipping"] + layer["rounding"] == pytest.approx(1.0)
    assert {"agreement", "mean_abs_error", "before", "after", "energy_assumption"} <= set(found)
    assert found["after"]["flash_bytes"] < found["before"]["flash_bytes"]
    picture = ElementTree.fromstring((tmp_path / "x.svg").read_text())
    shown = {text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")}
    assert {f"{index} {kind}" for index, kind in enumerate(kinds)} <= shown


@pytest.mark.slow
def test_the_table_for_people_has_a_remedy_for_each_layer(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(folder, "--limit", "8") == 0
    printed = capsys.readouterr().out
    assert all(op.kind in printed for op in read_tflite(folder / "int8.tflite").main.ops)
    assert "remedy" in printed
    assert "on 8 samples" in printed


WRONG: dict[str, dict[str, str]] = {
    "a float model of something else": {"reference": "other.tflite", "data": "wide.npz"},
    "a reference that is quantized": {"reference": "int8.tflite"},
    "a reference that is not there": {"reference": "nowhere.tflite"},
    "data of another shape": {"data": "wide.npz"},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_belong_is_one_line_and_exit_2(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(folder, **WRONG[name]) == 2
    one_line(capsys)


def test_a_picture_of_unknown_kind_is_refused_before_any_work(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(folder, "--plot", str(tmp_path / "x.gif")) == 2
    one_line(capsys)
    assert not list(tmp_path.iterdir())


def one_line(capsys: pytest.CaptureFixture[str]) -> None:
    captured = capsys.readouterr()
    (line,) = captured.err.strip().splitlines()
    assert captured.out == ""
    assert line.startswith("error: ")
    assert line.count(" — ") >= 2
