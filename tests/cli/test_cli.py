"""The command line as people and scripts meet it: exit status, one-line errors, JSON, start-up."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from ops.unary import unary
from plan.test_feed import by_hand

from edgeq.boards import find_board
from edgeq.cli import COMMANDS, GROUPS, run
from edgeq.cli.show import print_table
from edgeq.graph import write_tflite

KWS, AD = "kws_ref_model.tflite", "ad01_int8.tflite"


def test_inspect_json_has_the_stated_keys(
    shared_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inspect", str(shared_models / AD), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"operators", "macs", "weights_bytes", "tensors", "layers", "arena"} <= set(found)
    assert found["operators"] == {"FULLY_CONNECTED": 10}
    assert found["macs"] == 264_192
    sizes = (
        "bound_bytes",
        "overlap_bound_bytes",
        "planned_bytes",
        "order_bound_bytes",
        "row_bound_bytes",
    )
    assert found["arena"] == {"proved": True, **dict.fromkeys(sizes, 768)}
    assert {"index", "op", "name", "macs", "output_shape"} <= set(found["layers"][0])


def test_inspect_shows_scales_and_what_tensors_can_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "m.tflite"
    file.write_bytes(
        write_tflite(unary("RELU_N1_TO_1", (0.5, -3), (0.25, 4), "int8", shape=(1, 4)))
    )
    assert run(["inspect", str(file), "--tensors"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["int8", "0.5", "-3", "1", "-62.5", "65"] in [row[1:] for row in rows]
    assert ["int8", "0.25", "4", "1", "-33", "30.8"] in [row[1:] for row in rows]


def test_measurements_are_printed_beside_oracles_that_cannot_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """int16 of this operator is refused by TFLite when it runs, and by TFLM when it loads."""
    file = tmp_path / "m.tflite"
    file.write_bytes(
        write_tflite(unary("RELU_N1_TO_1", (0.001, 0), (0.001, 0), "int16", shape=(1, 4)))
    )
    assert run(["simulate", str(file), "--random", "2", "--oracle", "all"]) == 2
    printed = capsys.readouterr()
    assert "samples per second" in printed.out
    assert printed.err.startswith("error: no oracle could run — ")
    assert printed.err.count("\n") == 1
    assert run(["simulate", str(file), "--random", "2", "--oracle", "all", "--json"]) == 2
    result = json.loads(capsys.readouterr().out)
    assert result["samples"] == 2
    assert result["oracles"]["tflite-runtime"]["status"] == "failed"
    assert result["error"]["what"] == "no oracle could run"


def test_simulate_json_compares_with_the_oracles(
    shared_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(["simulate", str(shared_models / AD), "--random", "4", "--oracle", "all", "--json"])
        == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 4
    tflite, tflm = (found["oracles"][name] for name in ("tflite-runtime", "tflm"))
    assert (tflm["status"], tflm["bytes_different"], tflm["first_difference"]) == ("ok", 0, None)
    assert (tflite["status"], tflite["bytes_different"]) == ("ok", tflite["bytes_known"])
    assert (tflite["first_difference"] is None) == (tflite["bytes_different"] == 0)


def test_verify_json_on_this_machine(
    shared_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--target", "host", "--random", "3", "--optimization", "-O0", "--json"]
    assert run(["verify", str(shared_models / AD), *words]) == 0
    (target,) = json.loads(capsys.readouterr().out)["targets"]
    assert (target["name"], target["status"], target["samples"], target["bytes_different"]) == (
        "host",
        "ok",
        3,
        0,
    )
    assert {
        "instructions_per_inference",
        "code_bytes",
        "model_bytes",
        "arena_bytes",
        "ram_bytes",
        "toolchain",
    } <= set(target)


def test_boards_json_lists_and_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["boards", "--json"]) == 0
    boards = json.loads(capsys.readouterr().out)["boards"]
    assert len(boards) >= 12
    assert {"name", "mcu", "core", "clock_hz", "flash_bytes", "ram_bytes", "frameworks"} <= set(
        boards[0]
    )


WRONG = {
    "no such file": ["inspect", "nowhere.tflite"],
    "no data": ["simulate", KWS],
    "two sources": ["simulate", KWS, "--random", "2", "--data", "x.npz"],
    "unknown oracle": ["simulate", KWS, "--random", "2", "--oracle", "tvm"],
    "unknown option": ["simulate", KWS, "--rndom", "2"],
    "unknown command": ["deploy"],
    "unknown board": ["boards", "nano-34"],
    "unknown target": ["verify", KWS, "--target", "z80"],
    "data of another shape": ["simulate", KWS, "--data", "{tmp}/wrong.npy"],
    "not a model": ["inspect", "{tmp}/text.tflite"],
    "a number that is none": ["simulate", KWS, "--random", "many"],
    "unknown framework": ["generate", KWS, "-o", "{tmp}/out", "--framework", "mbed9"],
    "options of another engine": ["verify", KWS, "--engine", "tflm", "--optimize", "size"],
    "a picture of two things": ["inspect", KWS, "--memory-map", "--front"],
    "to compute again without a search": ["inspect", KWS, "--max-extra-macs", "0.5"],
    "unknown engine": [
        "generate",
        KWS,
        "-o",
        "{tmp}/out",
        "--framework",
        "headers",
        "--engine",
        "tvm",
    ],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_one_line_and_exit_2(
    name: str, shared_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import numpy as np

    np.save(tmp_path / "wrong.npy", np.zeros((3, 7, 7), np.float32))
    (tmp_path / "text.tflite").write_text("this is no model, but it is longer than eight bytes")
    arguments = [
        str(shared_models / a) if a == KWS else a.format(tmp=tmp_path) for a in WRONG[name]
    ]
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.strip().splitlines()
    assert line.startswith("error: ")
    assert line.count(" — ") >= 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", WRONG)
def test_with_json_an_error_is_one_object(
    name: str, shared_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.tflite").write_text("this is no model, but it is longer than eight bytes")
    (tmp_path / "wrong.npy").write_bytes(b"no array")
    arguments = [
        str(shared_models / a) if a == KWS else a.format(tmp=tmp_path) for a in WRONG[name]
    ]
    assert run([*arguments, "--json"]) == 2
    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert list(error) == ["what", "why", "remedy"]
    assert captured.err == f"error: {error['what']} — {error['why']} — {error['remedy']}\n"


def test_with_json_a_bug_is_one_object_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("edgeq.boards.load_boards", lambda: 1 / 0)
    assert run(["boards", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["what"], error["why"]) == (
        "ZeroDivisionError: division by zero",
        "a bug of edgeq",
    )


def test_models_of_other_kinds_are_told_to_be_converted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first bytes of a .keras and an .h5 file, whatever their names, and a SavedModel's folder."""
    with zipfile.ZipFile(tmp_path / "my net.keras", "w") as archive:
        archive.writestr("model.weights.h5", b"")
    (tmp_path / "old.tflite").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").touch()
    for name, kind in (
        ("my net.keras", "Keras model"),
        ("old.tflite", "Keras model"),
        ("saved", "SavedModel"),
    ):
        for command in (
            ["inspect"],
            ["verify"],
            ["simulate", "--random", "1"],
            ["generate", "-o", str(tmp_path / "out"), "--framework", "headers"],
        ):
            assert run([command[0], str(tmp_path / name), *command[1:]]) == 2
            said = capsys.readouterr().err
            assert f"it is a {kind}, not a .tflite file — run `edgeq convert " in said


def test_a_board_is_shown_with_all_that_is_known_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    board = find_board("portenta-h7")
    assert run(["boards", "portenta-h7"]) == 0
    shown = capsys.readouterr().out
    assert max(map(len, shown.split("sources\n")[0].splitlines())) <= 80
    for fact in (
        board.title,
        "qspi",
        "16,777,216",
        "external NOR flash",
        "arduino:mbed_portenta:envie_m7",
        "786,432",
        "-mfpu=fpv5-d16",
        "--target cortex-m7",
        "cmsis-nn",
        *board.sources,
    ):
        assert fact in shown
    assert run(["boards", "portenta-h7", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    assert row["framework_facts"]["platformio"]["limits"] == {
        "flash_bytes": 786_432,
        "ram_bytes": 523_624,
    }
    assert row["memory"][0]["note"].startswith("shared by the M7")


@pytest.mark.parametrize("arguments", [["--help"], ["boards"], ["inspect", "--help"]])
def test_start_up_is_light(arguments: list[str]) -> None:
    """Nothing heavy is imported: TensorFlow, Matplotlib, oracles and emulators load when they are
    needed.
    """
    program = f"import sys; from edgeq.cli import run; run({arguments!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "100"},
    )
    loaded = set(done.stderr.split())
    heavy = {
        "tensorflow",
        "keras",
        "matplotlib",
        "unicorn",
        "ziglang",
        "tflite_runtime",
        "tflite_micro",
        "tflite",
        "PIL",
    }
    assert not heavy & loaded


@pytest.mark.parametrize("arguments", [[], *([group] for group in GROUPS)])
def test_a_line_without_a_command_shows_what_there_is(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    alone = capsys.readouterr()
    assert run([*arguments, "--help"]) == 0
    assert alone.out == capsys.readouterr().out
    assert "\nCommands:\n" in alone.out
    assert "..." not in alone.out.partition("Commands:")[2]  # each says in whole what it does
    assert alone.err == ""


def test_wrong_use_names_the_commands_help(capsys: pytest.CaptureFixture[str]) -> None:
    for line, command in (("fit --bord pico m.tflite", "edgeq fit"), ("fi", "edgeq")):
        assert run(line.split()) == 2
        assert capsys.readouterr().err.endswith(f" — wrong use — see `{command} --help`\n")


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    grouped = [[group, name] for group, names in GROUPS.items() for name in names]
    for command in [*([name] for name in COMMANDS), *grouped]:
        assert run([*command, "--help"]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(f"Usage: edgeq {' '.join(command)} ")
        assert "--json" in shown


def test_a_table_of_hostile_names_does_not_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Cells hold tensors' names from a file, here with an escape sequence, a line break and a tag
    of Rich.
    """
    print_table("\x1b[2J", ["name"], [["\x1b[31m[red]\r\nname"]])
    shown = capsys.readouterr().out
    assert r"\x1b[31m[red]\x0d\x0aname" in shown
    assert r"\x1b[2J" in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_an_input_that_has_no_rows_is_refused_in_one_line(
    shared_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(shared_models / AD)
    generate = ["generate", model, "-o", str(tmp_path / "p"), "--framework", "headers"]
    for command in (generate, ["inspect", model], ["verify", model], ["bench", model]):
        assert run([*command, "--feed-rows"]) == 2
        printed = capsys.readouterr()
        assert printed.err.startswith("error: the input cannot be fed by rows — ")
        assert printed.err.endswith(
            " is not [1, height, width, channels] — leave --feed-rows out\n"
        )
        assert printed.err.count("\n") == 1
    assert not (tmp_path / "p").exists()


def test_the_front_of_less_memory_is_shown_and_kept_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "m.tflite"
    file.write_bytes(write_tflite(by_hand()))
    assert run(["inspect", str(file), "--front", "--feed-rows", "--json"]) == 0
    front = json.loads(capsys.readouterr().out)["front"]
    (least, most, again, passes), *_ = front
    assert (again, passes) == (0, 1)
    assert front == sorted(front)
    assert most >= front[-1][1] >= 0
    assert run(["inspect", str(file), "--front", "--feed-rows"]) == 0
    assert f"{least:,}" in capsys.readouterr().out
    project = ["generate", str(file), "-o", str(tmp_path / "p"), "--framework", "headers"]
    assert run([*project, "--feed-rows", "--max-ram", str(least - 1)]) == 2
    assert capsys.readouterr().err.startswith(f"error: no arena of {least - 1} bytes — ")
    assert run([*project, "--feed-rows", "--max-ram", str(least)]) == 0
    assert f"#define M_ARENA_BYTES {least}\n" in (tmp_path / "p" / "m.h").read_text()
