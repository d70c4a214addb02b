"""Data that is not there is told before a float model is read, which takes TensorFlow and seconds."""

from pathlib import Path

import numpy as np
import pytest
from ops.unary import unary

from edgeq.cli import run
from edgeq.graph import write_tflite

COMMANDS = {
    "convert": "convert no.keras -o o.tflite --calibration nowhere.npz",
    "convert, evaluation": "convert no.keras -o o.tflite --calibration here.npz --eval nowhere.npz",
    "tune": "tune no.keras --calibration here.npz --eval nowhere.npz --state s.jsonl",
    "qat": "qat no.keras --data nowhere.npz -o o.keras",
    "explain": "explain m.tflite --reference no.keras --data nowhere.npz",
    "simulate": "simulate m.tflite --reference no.keras --data nowhere.npz",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_missing_data_is_told_before_the_model_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("no.keras").write_bytes(b"")  # would be refused if it was read
    Path("m.tflite").write_bytes(write_tflite(unary("RELU", (0.5, 0), (0.5, 0), "int8")))
    np.savez("here.npz", x=np.zeros((2, 4)))
    assert run([*COMMANDS[name].split(), "--quiet"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: data nowhere.npz — there is no such file or folder — ")
