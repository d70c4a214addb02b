"""`edgeq verify --port` with firmware of `edgeq generate` that runs at the end of a
pseudo-terminal.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from codegen.building import run as execute
from codegen.small_models import classifier, two_inputs

from edgeq.cli import run
from edgeq.graph import Model, write_tflite


def save(model: Model, path: Path) -> str:
    path.write_bytes(write_tflite(model))
    return str(path)


@contextmanager
def firmware(folder: Path, model: str, *options: str) -> Iterator[str]:
    """A port at which the demonstration of a CMake project runs again and again, as a board does
    that is reset.
    """
    out = folder / f"firmware{len(list(folder.iterdir()))}"
    assert (
        run(
            [
                "generate",
                model,
                "-o",
                str(out),
                "--framework",
                "cmake",
                "--name",
                "tiny",
                "--quiet",
                *options,
            ]
        )
        == 0
    )
    sources = [str(path.relative_to(out)) for path in sorted((out / "src").glob("*.c"))]
    execute("gcc", "-Isrc", "main.c", *sources, "-o", "demo", "-lm", cwd=out)
    ours, theirs = os.openpty()
    board = subprocess.Popen(["sh", "-c", "while sleep 0.1; do ./demo; done"], cwd=out, stdout=ours)
    try:
        yield os.ttyname(theirs)
    finally:
        board.terminate()
        board.wait()
        os.close(ours)
        os.close(theirs)


def verdict(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, status and reason of `edgeq verify`."""
    capsys.readouterr()
    code = run(["verify", *arguments, "--json", "--quiet", "--timeout", "3"])
    (target,) = json.loads(capsys.readouterr().out)["targets"]
    return code, target["status"], str(target["reason"])


@pytest.mark.slow
def test_firmware_proves_the_model_and_vectors_that_it_was_generated_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model, other = (
        save(classifier(), tmp_path / "a.tflite"),
        save(two_inputs(), tmp_path / "b.tflite"),
    )
    data = tmp_path / "x.npy"
    np.save(data, np.random.default_rng(0).uniform(-1, 1, (5, 8, 8, 1)).astype(np.float32))
    with firmware(tmp_path, model, "--selftest", "4") as port:
        assert verdict(capsys, model, "--port", port)[:2] == (0, "ok")
        assert verdict(capsys, model, "--port", port, "--random", "4")[:2] == (0, "ok")
        for wrong in (["--random", "3"], ["--random", "4", "--seed", "1"], ["--data", str(data)]):
            code, status, reason = verdict(capsys, model, "--port", port, *wrong)
            assert (code, status, "asked for" in reason) == (1, "failed", True)
        code, status, reason = verdict(capsys, other, "--port", port)
        assert (code, status, "another model" in reason) == (1, "failed", True)
    with firmware(tmp_path, model, "--selftest", "4", "--data", str(data)) as port:
        assert verdict(capsys, model, "--port", port, "--data", str(data))[:2] == (0, "ok")
        assert verdict(capsys, model, "--port", port, "--data", str(data), "--limit", "4")[:2] == (
            0,
            "ok",
        )
        assert verdict(capsys, model, "--port", port, "--data", str(data), "--limit", "3")[:2] == (
            1,
            "failed",
        )
        assert verdict(capsys, model, "--port", port, "--random", "4")[:2] == (1, "failed")
    with firmware(tmp_path, model) as port:
        code, status, reason = verdict(capsys, model, "--port", port)
        assert (code, status, "generate with --selftest" in reason) == (1, "failed", True)


WRONG = {
    "no such model": (["nowhere.tflite"], "No such file"),
    "two places": (["{model}", "--target", "host"], "a run verifies one or the other"),
    "no such port": (["{model}"], "serial port '/dev/no-such-port'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_said_before_a_board_is_asked(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, why = WRONG[case]
    model = save(classifier(), tmp_path / "m.tflite")
    assert (
        run(["verify", *(a.format(model=model) for a in arguments), "--port", "/dev/no-such-port"])
        == 2
    )
    assert why in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--layers", "--tensors"])
def test_layers_are_of_a_board(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", save(classifier(), tmp_path / "m.tflite"), option]) == 2
    assert f"{option} without --port" in capsys.readouterr().err
