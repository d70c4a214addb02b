"""The whole search and its command: deterministic, resumable, with warnings about its data."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tune.classifier import float_tflite, samples

import edgeq
from edgeq.cli import run as command
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite
from edgeq.simulate.simulate import simulate
from edgeq.tune.result import TuneResult
from edgeq.tune.tune import tune

MODEL = float_tflite()
CALIBRATION, EVALUATION = samples(40, 1), samples(80, 2, MODEL)
SETTINGS: dict[str, Any] = {
    "trials": 6,
    "batch": 4,
    "jobs": 1,
    "only": {"calibrator": ("min-max", "mse", "entropy", "percentile")},
}


def plain(result: TuneResult) -> list[dict[str, Any]]:
    """Trials without values that differ from run to run."""
    return [{k: v for k, v in trial.to_json().items() if k != "seconds"} for trial in result.trials]


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing() -> None:
    one = tune(MODEL, CALIBRATION, EVALUATION, **SETTINGS)
    two = tune(MODEL, CALIBRATION, EVALUATION, **SETTINGS | {"jobs": 2})
    assert plain(one) == plain(two)
    assert (one.best.number, one.model) == (two.best.number, two.model)
    other = tune(MODEL, CALIBRATION, EVALUATION, **SETTINGS | {"seed": 1})
    assert plain(other)[1:] != plain(one)[1:]


def test_the_best_is_at_least_as_good_as_the_defaults_and_is_what_it_says() -> None:
    result = tune(MODEL, CALIBRATION, EVALUATION, **SETTINGS)
    assert (result.metric, len(result.trials), result.known) == ("accuracy", 6, 0)
    assert result.versus_default is not None
    assert result.versus_default["mean_abs_error"] <= 0
    again = simulate(read_tflite(result.model), EVALUATION, reference=MODEL)
    assert result.best.outcome.score is not None
    assert again.reference is not None
    assert result.best.outcome.score.mean_abs_error == pytest.approx(again.reference.mean_abs_error)
    assert result.float_score == pytest.approx(7 / 8)


@pytest.mark.slow
def test_an_interrupted_search_goes_on(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    whole = tune(MODEL, CALIBRATION, EVALUATION, **SETTINGS)
    first = tune(MODEL, CALIBRATION, EVALUATION, state=state, **SETTINGS | {"trials": 3})
    state.write_bytes(state.read_bytes()[:-30])
    rest = tune(MODEL, CALIBRATION, EVALUATION, state=state, **SETTINGS)
    assert (first.known, rest.known) == (0, 2)
    assert plain(rest) == plain(whole)
    assert rest.model == whole.model
    assert tune(MODEL, CALIBRATION, EVALUATION, state=state, **SETTINGS).model == whole.model
    assert len(state.read_text().splitlines()) == 1 + 6


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"model": float_tflite(seed=2)}, "model"),
        ({"calibration": samples(40, 3)}, "calibration data"),
        ({"evaluation": replace(EVALUATION, y=None)}, "evaluation data"),
        ({"seed": 1}, "seed"),
        ({"only": {}}, "options"),
    ],
)
def test_a_search_of_something_else_is_refused(
    tmp_path: Path, changed: dict[str, Any], what: str
) -> None:
    given = {
        "model": MODEL,
        "calibration": CALIBRATION,
        "evaluation": EVALUATION,
        **SETTINGS,
        "trials": 1,
    }
    state = tmp_path / "state.jsonl"
    tune(**given, state=state)
    before = state.read_bytes()
    with pytest.raises(EdgeqError, match=rf"another search: .*{what}.* changed"):
        tune(**given | changed, state=state)
    assert state.read_bytes() == before


def test_samples_that_calibration_saw_are_warned_of() -> None:
    seen = Samples((np.concatenate([EVALUATION.x[:5], CALIBRATION.x]),))
    result = tune(MODEL, seen, EVALUATION, **SETTINGS | {"trials": 1})
    assert any("5 of 80 evaluation samples" in warning for warning in result.warnings)
    assert not any(
        "samples too" in w
        for w in tune(MODEL, CALIBRATION, EVALUATION, **SETTINGS | {"trials": 1}).warnings
    )


@pytest.mark.slow
def test_without_labels_the_float_model_is_the_measure() -> None:
    result = tune(MODEL, CALIBRATION, samples(80, 2), **SETTINGS)
    assert (result.metric, result.float_score) == ("agreement", None)


def test_schemes_are_compared_where_they_are_allowed() -> None:
    """int16 activations are nearer to the float model than int8 with any other options."""
    result = edgeq.tune(
        MODEL,
        CALIBRATION,
        samples(80, 2),
        trials=4,
        jobs=1,
        only={"scheme": ("int8", "int16x8"), "calibrator": ("min-max",)},
    )
    assert [trial.choice["scheme"] for trial in result.trials[:2]] == ["int8", "int16x8"]
    assert set(result.best_of_schemes()) == {"int8", "int16x8"}
    assert result.best.choice["scheme"] == "int16x8"


def test_if_no_trial_gives_a_model_the_reason_is_reported() -> None:
    broken = Samples((np.full((4, 8), np.nan, np.float32),))
    with pytest.raises(EdgeqError, match=r"all 2 trials.*NaN"):
        tune(MODEL, broken, EVALUATION, **SETTINGS | {"trials": 2})


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a model and data."""
    (tmp_path / "m.tflite").write_bytes(MODEL)
    np.savez(tmp_path / "cal.npz", x=CALIBRATION.x)
    np.savez(tmp_path / "eval.npz", x=EVALUATION.x, y=EVALUATION.y)
    np.savez(tmp_path / "nan.npz", x=np.full_like(CALIBRATION.x, np.nan))
    np.savez(tmp_path / "others.npz", x=EVALUATION.x, y=np.full(80, 4))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


COMMAND = [
    "tune",
    "m.tflite",
    "--calibration",
    "cal.npz",
    "--eval",
    "eval.npz",
    "--trials",
    "2",
    "--jobs",
    "1",
    "--no-baseline",
    "--only",
    "calibrator=mse,min-max",
]


@pytest.mark.slow
def test_the_command_prints_json_and_goes_on(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command([*COMMAND, "-o", "best.tflite", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"number", "options", "seconds", "score", "mean_abs_error"} <= set(
        found["trials"][0]
    ) & set(found["best"])
    assert (found["known"], found["metric"], found["calibration_samples"]) == (0, "accuracy", 40)
    assert len((files / "best.tflite").read_bytes()) == found["best"]["bytes"]
    assert command([*COMMAND, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["known"] == 2


@pytest.mark.slow
def test_finished_trials_are_kept_where_the_command_says_and_not_where_one_stands(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {*files.iterdir(), files / "best.tflite", files / "cache"}
    assert command([*COMMAND, "-o", "best.tflite"]) == 0
    (kept,) = (files / "cache" / "edgeq" / "tune").iterdir()
    assert f"finished trials are kept in {kept}: the same command goes on" in " ".join(
        capsys.readouterr().out.split()
    )
    assert set(files.iterdir()) == before
    assert command([*COMMAND, "--state", "here.jsonl", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["state"], found["known"], (files / "here.jsonl").is_file()) == (
        "here.jsonl",
        0,
        True,
    )


def test_an_interrupted_command_says_from_where_it_goes_on(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (files / "impatient.py").write_text("def samples():\n    raise KeyboardInterrupt\n")
    assert command([*COMMAND, "--eval", "impatient:samples"]) == 130
    assert (
        f"finished trials are kept in {files}/cache/edgeq/tune: the same command"
        in capsys.readouterr().err
    )


def test_a_cache_that_cannot_be_made_keeps_no_trials(
    files: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(files / "eval.npz"))
    assert command([*COMMAND, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == ""


@pytest.mark.slow
def test_the_command_shows_a_table(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command([*COMMAND[:-1], "calibrator=mse,auto"]) == 0  # `auto` is the default
    shown = capsys.readouterr().out
    assert command([*COMMAND, "--only", "per_channel=false"]) == 0
    assert "first trial" in capsys.readouterr().out
    for text in (
        "float model",
        "defaults",
        "best",
        "calibrator",
        "2 trials, calibrated on 40 samples, judged on 80",
    ):
        assert text in shown


@pytest.mark.parametrize(
    "wrong",
    [
        ["--eval", "nowhere.npz"],
        ["--metric", "f1"],
        ["--only", "calibrator=max"],
        ["--only", "scheme=int8"],
        ["--scheme", "int7"],
        ["--scheme", "mixed"],
        ["-o", "nowhere/best.tflite"],
        ["-o", "."],
        ["-o", "/proc/best.tflite"],
        ["--state", "nowhere/state"],
        ["--state", "eval.npz"],
        ["--trials", "0"],
        ["--seed", "-1"],
        ["--calibration", "nan.npz"],
        ["--eval", "nan.npz"],
        ["--scheduler", "tcp://127.0.0.1:9"],
        ["--metric", "accuracy", "--eval", "others.npz"],
        ["--metric", "auc"],
    ],
)
def test_wrong_use_is_one_line_and_leaves_nothing(
    files: Path,
    capsys: pytest.CaptureFixture[str],
    wrong: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("edgeq.tune.cluster.PATIENCE", 0.1)
    (files / "cache").mkdir()
    before = sorted(files.iterdir())
    assert command([*COMMAND, "-o", "best.tflite", *wrong]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert line.startswith("error: ")
    assert line.count(" — ") >= 2
    assert "a bug of edgeq" not in line
    assert sorted(files.iterdir()) == before
