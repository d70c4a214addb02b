"""`edgeq.qat`: fine-tuning without labels, deterministic by its seed, measured on the integer
model.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeq
from edgeq.cli import run
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.qat.train import Training

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits"
MODEL, TRAIN, TEST = (
    str(DIGITS / name) for name in ("digits.keras", "calibration.npz", "test.npz")
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "epochs 0 — it must be at least 1"),
        ({"batch_size": -3}, "batch_size -3 — it must be at least 1"),
        ({"learning_rate": -1.0}, "learning rate -1 — it must be above 0"),
        ({"learning_rate": float("nan")}, "learning rate nan — it must be above 0"),
        ({"label_weight": 2.0}, "label weight 2 — it is a share"),
        ({"seed": -1}, "seed -1 — it has 32 bits"),
        ({"seed": 1 << 32}, "seed 4294967296 — it has 32 bits"),
    ],
)
def test_training_is_checked(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(EdgeqError) as caught:
        Training(**arguments)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("out.tflite", "output out.tflite — a .keras file is written"),
        ("nowhere/out.keras", "output nowhere/out.keras — its folder does not exist"),
        ("/proc/out.keras", "output /proc/out.keras — No such file or directory"),
    ],
)
def test_the_output_is_checked_before_any_work(output: str, message: str) -> None:
    with pytest.raises(EdgeqError) as caught:
        edgeq.qat("absent.keras", "absent.npz", output)
    assert str(caught.value).startswith(message)


def test_a_folder_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "out.keras").mkdir()
    with pytest.raises(EdgeqError, match=r"out\.keras — it is a folder — give a file"):
        edgeq.qat("absent.keras", "absent.npz", tmp_path / "out.keras")


def test_widths_of_layers_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["qat", MODEL, "--data", TRAIN, "-o", "out.keras", "--layer", "stem"]) == 2
    error = "error: --layer stem — it is not NAME=BITS — give the layer's name and 2 to 8\n"
    assert capsys.readouterr().err == error


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["qat", "absent.keras"], "model absent.keras — there is no such file or folder"),
        (["--data", "absent.npz"], "data absent.npz — there is no such file or folder"),
        (["--data", "nan.npz"], "nan.npz: input 'image' — 64 values are NaN or infinite"),
        (["--eval", "nan.npz"], "nan.npz: input 'image' — 64 values are NaN or infinite"),
        (
            ["--data", "narrow.npz"],
            "narrow.npz: shape [20, 8, 7, 1] — input 'image' of the model is [1, 8, 8, 1]",
        ),
        (
            ["--data", "others.npz", "--label-weight", "0.5"],
            "others.npz: labels — labels go from 50 to 59",
        ),
        (
            ["--data", "several.npz", "--label-weight", "0.5"],
            "label weight 0.5 — they are [20, 2], outputs [1, 10]",
        ),
        (
            ["--layer", "stme=4"],
            "layer 'stme' — no layer with weights has this name — choose from ",
        ),
        (["--layer", "stem=9"], "layers['stem']=9 — weights have 2 to 8 bits"),
        (["-o", "nowhere/out.keras"], "output nowhere/out.keras — its folder does not exist"),
        (
            ["--learning-rate", "1e30"],
            "training — its loss became infinite — lower --learning-rate 1e+30",
        ),
    ],
)
def test_wrong_use_is_one_line_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    wrong: list[str],
    message: str,
) -> None:
    x, y = (
        np.random.default_rng(0).uniform(size=(20, 8, 8, 1)).astype(np.float32),
        np.arange(20) % 10,
    )
    monkeypatch.chdir(tmp_path)
    np.savez("good.npz", x=x, y=y)
    np.savez("nan.npz", x=np.where(np.arange(20)[:, None, None, None] == 3, np.nan, x))
    np.savez("narrow.npz", x=x[:, :, :7])
    np.savez("others.npz", x=x, y=y + 50)
    np.savez("several.npz", x=x, y=np.stack([y, y], axis=1))
    before = sorted(tmp_path.iterdir())
    given, replaced = (wrong[:2], wrong[2:]) if wrong[0] == "qat" else (["qat", MODEL], wrong)
    command = [
        *given,
        "--data",
        "good.npz",
        "-o",
        "out.keras",
        "--epochs",
        "2",
        "--quiet",
        *replaced,
    ]
    assert run(command) == 2
    captured = capsys.readouterr()
    (line,) = captured.err.strip().splitlines()
    assert line.startswith(f"error: {message}")
    assert captured.out == ""
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.slow
def test_2_bits_come_nearer_to_the_float_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Train, convert and simulate on the bundled data; each step gives equal bytes and figures."""
    output, integers = tmp_path / "digits.keras", tmp_path / "digits.tflite"
    arguments = ["--bits", "2", "--epochs", "200", "--eval", TEST]
    assert run(["qat", MODEL, "--data", TRAIN, "-o", str(output), *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["mean_abs_error"] < 0.9 * found["untrained"]["mean_abs_error"]
    assert found["agreement"] >= found["untrained"]["agreement"]
    assert found["agreement"] == found["fake_quantized"]["agreement"]
    assert found["mean_abs_error"] == pytest.approx(
        found["fake_quantized"]["mean_abs_error"], abs=1e-6
    )
    assert run(["convert", str(output), "-o", str(integers), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scheme"] == "int4"
    assert run(["simulate", str(integers), "--data", TEST, "--reference", MODEL, "--json"]) == 0
    simulated = json.loads(capsys.readouterr().out)
    assert simulated["reference"]["agreement"] == found["agreement"]
    assert simulated["reference"]["mean_abs_error"] == pytest.approx(
        found["mean_abs_error"], abs=1e-5
    )
    assert simulated["accuracy"]["value"] == found["accuracy"]["integer"]


@pytest.mark.slow
def test_a_seed_decides_the_result(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        edgeq.qat(
            MODEL,
            TRAIN,
            tmp_path / f"{name}.keras",
            weight_bits=2,
            training=Training(epochs=40, learning_rate=0.01, seed=seed),
        )
    a, b, c = (edgeq.convert(tmp_path / f"{name}.keras").model for name in "abc")
    assert a == b
    assert a != c


@dataclass(frozen=True)
class Wild:
    """A training whose rate is far too high, and what it reported while it ran."""

    result: Any
    told: list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def wild(tmp_path_factory: pytest.TempPathFactory) -> Wild:
    told: list[tuple[str, int, int]] = []
    result = edgeq.qat(
        MODEL,
        TRAIN,
        tmp_path_factory.mktemp("wild") / "out.keras",
        weight_bits=4,
        training=Training(epochs=3, batch_size=50, learning_rate=0.5),
        evaluation=TEST,
        progress=lambda *step: told.append(step),
    )
    return Wild(result, told)


@pytest.mark.slow
def test_a_training_without_gain_is_undone(wild: Wild) -> None:
    """Weights are restored by the loss on samples that are not trained on."""
    result = wild.result
    assert result.loss[-1] > 1
    assert (result.agreement, result.mean_abs_error) == (
        result.untrained.agreement,
        result.untrained.mean_abs_error,
    )


@pytest.mark.slow
def test_labels_count_by_their_weight(tmp_path: Path) -> None:
    """With wrong labels, accuracy falls as their weight grows, and is unchanged at weight 0."""
    loaded = np.load(TRAIN)
    x = (loaded["x"] * loaded["scale"]).astype(np.float32)
    wrong = Samples((x,), (loaded["y"].astype(np.int64) + 1) % 10)
    accuracy = []
    for weight in (0.0, 1.0):
        training = Training(epochs=30, learning_rate=0.01, label_weight=weight)
        edgeq.qat(MODEL, wrong, tmp_path / "out.keras", training=training)
        result: Any = edgeq.convert(tmp_path / "out.keras", evaluation=TEST)
        accuracy.append(result.accuracy.int8)
    assert accuracy[0] > 0.9
    assert accuracy[1] < 0.5
    with pytest.raises(EdgeqError, match=r"label weight 1 — the data has no labels"):
        edgeq.qat(MODEL, Samples((x,)), tmp_path / "out.keras", training=Training(label_weight=1.0))


@pytest.mark.slow
def test_progress_is_reported(wild: Wild) -> None:
    """Every batch of as many of each phase: before a layer is frozen, and after each of 6."""
    of = wild.told[0][2]
    assert of % 7 == 0 < of
    assert wild.told == [("training", n + 1, of) for n in range(of)]


@pytest.mark.slow
def test_pruned_channels_are_trained_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The trained file has fewer channels, and training recovers most of what they cost."""
    output = tmp_path / "small.keras"
    arguments = ["--prune", "0.4", "--epochs", "200", "--eval", TEST, "--json"]
    assert run(["qat", MODEL, "--data", TRAIN, "-o", str(output), *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    front = found["front"]
    assert [(point["pruned"], point["trained"]) for point in front] == [
        (0.0, False),
        (0.2, False),
        (0.4, False),
        (0.4, True),
    ]
    assert front[0]["macs"] > front[1]["macs"] > front[2]["macs"] == front[3]["macs"]
    assert front[3]["macs"] <= 0.6 * front[0]["macs"]
    assert front[3]["accuracy"] > front[2]["accuracy"]
    made = edgeq.convert(output).model
    assert sum(layer.macs for layer in edgeq.inspect(made).layers) == front[3]["macs"]


def test_a_share_to_prune_is_checked_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match=r"prune 1\.5 — it is a share"):
        edgeq.qat("absent.keras", "absent.npz", tmp_path / "out.keras", prune=1.5)
