"""`edgeq simulate`: the names of classes that a person states."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeq.cli import run
from edgeq.graph import Graph, Model, Op, Quantization, Tensor, write_tflite


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model whose three int8 outputs are its inputs, and three samples whose labels are numbers."""
    unit = Quantization((1.0,), (0,))
    tensors = (
        Tensor("x", (1, 3), "int8", quantization=unit),
        Tensor("y", (1, 3), "int8", quantization=unit),
    )
    graph = Graph(tensors, (Op("RELU", (0,), (1,)),), (0,), (1,))
    (tmp_path / "m.tflite").write_bytes(write_tflite(Model((graph,))))
    np.savez(tmp_path / "d.npz", x=9 * np.eye(3, dtype=np.float32), y=[0, 1, 2])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_stated_names_head_the_confusion_matrix(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "names.txt").write_text("rock\npaper\nscissors\n")
    assert (
        run(
            [
                "simulate",
                "m.tflite",
                "--data",
                "d.npz",
                "--labels",
                "names.txt",
                "--metric",
                "accuracy",
            ]
        )
        == 0
    )
    table = capsys.readouterr().out.partition("confusion matrix")[2].splitlines()
    assert table[1].split() == ["rock", "paper", "scissors"]
    assert table[5].split() == ["scissors", "0", "0", "1"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("rock\npaper\n", "it has 2 names, the model's output is [1, 3]"),
        ("\n", "it holds no names"),
    ],
)
def test_names_that_do_not_fit_are_refused(
    names: str, said: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "names.txt").write_text(names)
    assert run(["simulate", "m.tflite", "--data", "d.npz", "--labels", "names.txt"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "kind"),
    [
        ("--columns", "CSV files"),
        ("--label-column", "CSV files"),
        ("--resize", "folders of images"),
        ("--scaling", "folders of images"),
    ],
)
def test_an_option_that_the_data_do_not_take_is_refused(
    option: str, kind: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", "m.tflite", "--data", "d.npz", option, "1"]) == 2
    assert (
        capsys.readouterr().err
        == f"error: {option} with d.npz — it is an option of {kind} — leave it out\n"
    )


def test_a_reference_that_is_no_float_model_of_this_one_is_refused(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tensors = (Tensor("x", (1, 4), "float32"), Tensor("y", (1, 4), "float32"))
    wide = Graph(tensors, (Op("RELU", (0,), (1,)),), (0,), (1,))
    (files / "wide.tflite").write_bytes(write_tflite(Model((wide,))))
    for name, why in (
        ("m", "it is quantized itself"),
        ("wide", "its inputs are [samples, ...] of [[4]], the model's"),
    ):
        assert (
            run(["simulate", "m.tflite", "--data", "d.npz", "--reference", f"{name}.tflite"]) == 2
        )
        assert f"error: reference {name}.tflite — {why}" in capsys.readouterr().err
