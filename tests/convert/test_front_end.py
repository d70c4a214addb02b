"""From sounds to firmware: the front end goes with the data into the model, and from there into C."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from codegen.test_audio import FRAMES, wake_word
from features.test_clips import write_wav

from edgeq.cli import run
from edgeq.graph import read_tflite, write_tflite
from edgeq.opkit.node import Values

QUICK = ["--calibrator", "min-max", "--rounding", "nearest", "--quiet"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A float model, beside sounds of two classes."""
    write_wav(tmp_path / "in/no/a.wav")
    write_wav(tmp_path / "in/yes/a.wav", name="speech")
    (tmp_path / "wake.tflite").write_bytes(write_tflite(wake_word(dtype="float32")))
    return tmp_path / "wake.tflite"


def convert(model: Path) -> int:
    data = ["--calibration", str(model.with_name("f.npz"))]
    return run(["convert", str(model), "-o", str(model.with_name("small.tflite")), *data, *QUICK])


def test_sounds_to_firmware(model: Path) -> None:
    data = [str(model.with_name("in")), "-o", str(model.with_name("f.npz"))]
    cut = ["--window", str(FRAMES), "--step-ms", "20"]
    assert run(["data", "features", *data, *cut, "--quiet"]) == 0
    assert convert(model) == 0
    made = model.with_name("small.tflite")
    assert json.loads(read_tflite(made).front_end)["step_ms"] == 20
    project = model.with_name("project")
    assert run(["generate", str(made), "-o", str(project), "--framework", "headers"]) == 0
    assert "_AUDIO_STEP 320 " in (project / "small_audio.h").read_text()


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param({}, marks=pytest.mark.slow),
        {"frontend": np.array("text")},
        pytest.param({"frontend": np.zeros(1 << 15, np.uint8)}, marks=pytest.mark.slow),
    ],
)
def test_data_without_a_front_end_leave_the_model_without(
    model: Path, beside: dict[str, Values]
) -> None:
    x = np.random.default_rng(0).uniform(0, 20, (4, FRAMES, 40)).astype(np.float32)
    np.savez(model.with_name("f.npz"), x=x, **beside)
    assert convert(model) == 0
    assert read_tflite(model.with_name("small.tflite")).front_end == b""


def test_an_unknown_front_end_is_refused(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = np.random.default_rng(0).uniform(0, 20, (4, FRAMES, 40)).astype(np.float32)
    content = np.frombuffer(b'{"kind": "wavelets"}', np.uint8)
    np.savez(model.with_name("f.npz"), x=x, frontend=content)
    assert convert(model) == 2
    assert "the audio front end of f.npz — its kind is not micro" in capsys.readouterr().err
    assert not model.with_name("small.tflite").exists()
