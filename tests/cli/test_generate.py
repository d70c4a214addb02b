"""`edgeq generate` as people and scripts meet it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from codegen.small_models import classifier, identity
from ops.harness import quantized, single_op

from edgeq.cli import run
from edgeq.graph import Tensor, write_tflite


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A model's file whose name is not one for C."""
    path = tmp_path / "my model (2).tflite"
    path.write_bytes(write_tflite(classifier()))
    return str(path)


def test_json_has_the_stated_keys(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert (
        run(
            [
                "generate",
                model,
                "-o",
                out,
                "--framework",
                "espidf",
                "--board",
                "esp32-devkitc",
                "--json",
            ]
        )
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert {"output", "files", "engine", "framework", "board", "flash_bytes", "arena_bytes"} <= set(
        found
    )
    assert (found["output"], found["framework"], found["board"]) == (out, "espidf", "esp32-devkitc")
    assert all((tmp_path / "out" / file).is_file() for file in found["files"])
    assert "main/my_model_2.c" in found["files"]


def test_people_see_the_files_and_the_memory(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(
            [
                "generate",
                model,
                "-o",
                str(tmp_path / "out"),
                "--framework",
                "headers",
                "--name",
                "tiny",
            ]
        )
        == 0
    )
    said = capsys.readouterr().out
    assert f"  {tmp_path / 'out' / 'tiny.h'}\n" in said
    assert re.search(r"\n\d+ bytes of RAM for the arena, \d+ bytes of constants\n$", said)


def test_a_folders_name_does_not_steer_the_terminal(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out\x1b[2J"
    assert run(["generate", model, "-o", str(out), "--framework", "headers", "--name", "tiny"]) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert r"out\x1b[2J/tiny.h" in said


def test_labels_and_data_reach_the_firmware(model: str, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("sun\n\nrain\nsnow\n")
    values = np.linspace(-1, 1, 4 * 64, dtype=np.float32).reshape(4, 8, 8, 1)
    np.save(tmp_path / "x.npy", values)
    out = tmp_path / "out"
    assert (
        run(
            [
                "generate",
                model,
                "-o",
                str(out),
                "--framework",
                "headers",
                "--name",
                "tiny",
                "--selftest",
                "2",
                "--data",
                str(tmp_path / "x.npy"),
                "--labels",
                str(tmp_path / "labels.txt"),
            ]
        )
        == 0
    )
    assert '"rain", \\\n' in (out / "tiny.h").read_text()
    text = (out / "tiny_selftest.c").read_text().split("input0[2][64] = {\n    {\n")[1]
    assert text.strip().startswith("-55, -55, -54,")  # round(-1 / 0.02) - 5 and what follows


def test_what_does_not_fit_is_status_1_with_by_how_much(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "generate",
        model,
        "-o",
        str(tmp_path / "out"),
        "--framework",
        "arduino",
        "--board",
        "uno-r4-wifi",
    ]
    assert run([*arguments, "--engine", "tflm"]) == 0
    large = tmp_path / "large.tflite"
    large.write_bytes(write_tflite(classifier(5000)))
    assert run(["generate", str(large), *arguments[2:]]) == 1
    assert "flash needs" in capsys.readouterr().err


def test_a_float_model_is_said_to_be_one(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x, y = (Tensor(name, (1, 4), "float32") for name in "xy")
    (tmp_path / "float.tflite").write_bytes(write_tflite(single_op("RELU", [x], y)))
    arguments = ["-o", str(tmp_path / "out"), "--framework", "headers"]
    assert run(["generate", str(tmp_path / "float.tflite"), *arguments]) == 0
    assert "the model computes in float32: `edgeq convert" in capsys.readouterr().err
    assert run(["generate", model, *arguments]) == 0
    assert capsys.readouterr().err == ""


WRONG = {
    "framework": (["--framework", "mbed"], "framework 'mbed' — it is not known — choose one of"),
    "board": (["--framework", "arduino", "--board", "nano-33-bl"], "did you mean nano-33-ble"),
    "engine": (
        ["--framework", "cmake", "--engine", "x"],
        "engine 'x' — it is not known — choose one of native, tflm",
    ),
    "data alone": (["--framework", "cmake", "--data", "x.npy"], "--data without --selftest"),
    "labels": (["--framework", "cmake", "--labels", "nowhere.txt"], "nowhere.txt — No such file"),
    "vectors": (
        ["--framework", "cmake", "--selftest", "65"],
        "65 self-test vectors — 0 to 64 are possible",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_status_2_and_one_line(
    case: str, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options, message = WRONG[case]
    assert run(["generate", model, "-o", str(tmp_path / "out"), *options]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_people_are_told_what_was_kept_and_what_became_of_the_rest(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    arguments = ["generate", model, "-o", str(out), "--framework", "cmake", "--name"]
    assert run([*arguments, "old"]) == 0
    (out / "main.c").write_text("/* mine */")
    (out / "src/old.h").write_text("/* mine */")
    capsys.readouterr()
    assert run([*arguments, "new"]) == 0
    said = capsys.readouterr().out
    assert f"  {out}/main.c: kept as you left it, the new text is in {out}/main.c.new\n" in said
    assert f"  {out}/src/old.c: removed, the project no longer has it\n" in said
    assert (
        f"  {out}/src/old.h: left, since you edited it, but the project no longer has it\n" in said
    )
    assert (out / "main.c").read_text() == (out / "src/old.h").read_text() == "/* mine */"


def test_a_folder_with_files_of_the_same_names_is_refused(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.c").write_text("int main(void) {}")
    assert run(["generate", model, "-o", str(tmp_path), "--framework", "cmake"]) == 2
    assert "was not generated by edgeq and has files of its own: main.c" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"main.c", Path(model).name}


def test_a_sensor_is_read_as_its_options_say(tmp_path: Path) -> None:
    path = tmp_path / "wave.tflite"
    path.write_bytes(write_tflite(identity(quantized("x", (1, 8, 3)))))
    options = ["--sensor", "serial", "--rate", "62.5", "--hop", "2", "--smooth", "3"]
    out = ["-o", str(tmp_path / "p"), "--framework", "cmake", "--threshold", "0.5"]
    assert run(["generate", str(path), *out, *options]) == 0
    header = (tmp_path / "p/src/wave_stream.h").read_text()
    assert "WAVE_RATE_MHZ 62500u" in header
    assert "WAVE_HOP 2u" in header
    assert "WAVE_SMOOTH 3u" in header
    assert "WAVE_THRESHOLD 0.5f" in header


def test_options_of_sensors_are_refused_without_one(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["-o", str(tmp_path / "p"), "--framework", "cmake"]
    assert run(["generate", model, *out, "--rate", "50"]) == 2
    assert "they are options of --sensor" in capsys.readouterr().err


def two_files(folder: Path) -> list[str]:
    """Two models' files, called `wake` and `orders`."""
    paths = [folder / "wake.tflite", folder / "orders.tflite"]
    for path, classes in zip(paths, (3, 4), strict=True):
        path.write_bytes(write_tflite(classifier(classes)))
    return [str(path) for path in paths]


def test_several_models_make_one_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["generate", *two_files(tmp_path), "-o", str(tmp_path / "voice")]
    assert run([*arguments, "--framework", "headers", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["name"] == "voice"
    assert [one["name"] for one in told["models"]] == ["wake", "orders"]
    each = [one["arena_bytes"] for one in told["models"]]
    assert (told["arena_bytes"], told["arenas_apart_bytes"]) == (max(each), sum(each))
    assert told["arena_saved_bytes"] == min(each)
    assert {"voice.c", "voice.h", "wake.h", "orders.h"} <= set(told["files"])
    assert run([*arguments, "--framework", "headers", "--apart", "--name", "talk"]) == 0
    said = capsys.readouterr().out
    assert f"{sum(each)} bytes of RAM for the arenas, " in said
    assert "take turns" not in said
    assert run([*arguments, "--framework", "headers"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"\n  orders +172 +0 +416\n", said)
    assert f"one arena: {min(each)} bytes less than {sum(each)} apart" in said


def test_options_of_several_models_are_given_for_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "3").write_text("a\nb\nc\n")
    (tmp_path / "4").write_text("d\ne\nf\ng\n")
    np.save(tmp_path / "x.npy", np.zeros((4, 8, 8, 1), np.float32))
    arguments = ["generate", *two_files(tmp_path), "-o", str(tmp_path / "voice")]
    arguments += ["--framework", "headers", "--selftest", "2", "--labels", str(tmp_path / "3")]
    assert run(arguments) == 2
    assert "1 times --labels — there are 2 models — give it for each" in capsys.readouterr().err
    arguments += ["--labels", str(tmp_path / "4"), *["--data", str(tmp_path / "x.npy")] * 2]
    assert run(arguments) == 0
    assert '"g" \\\n' in (tmp_path / "voice/orders.h").read_text()
    assert "input0[2][64]" in (tmp_path / "voice/wake_selftest.c").read_text()
