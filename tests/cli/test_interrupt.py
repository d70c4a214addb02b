"""Ctrl-C in the middle of a command: one line, one JSON object, exit status 130."""

import json
from pathlib import Path

import pytest
from ops.unary import unary

from edgeq.cli import run
from edgeq.graph import write_tflite


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command that is interrupted while it reads its data."""
    (tmp_path / "m.tflite").write_bytes(write_tflite(unary("RELU", (0.5, 0), (0.5, 0), "int8")))
    (tmp_path / "impatient.py").write_text("def samples():\n    raise KeyboardInterrupt\n")
    monkeypatch.chdir(tmp_path)
    return ["simulate", "m.tflite", "--data", "impatient:samples"]


def test_an_interrupted_command_says_so(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--quiet"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_with_json_an_interrupted_command_gives_an_object(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["error"]["what"] == "interrupted"
