"""Files that no front end reads, and front ends that are not installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from edgeq.convert.to_float import load_float
from edgeq.errors import EdgeqError
from edgeq.frontends import load_foreign, process


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".pkl"])
def test_pickles_are_refused_unread(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"m{suffix}").write_bytes(b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.")
    with pytest.raises(EdgeqError, match=r"a Python pickle, which runs code .* 'm\.pt2'\)"):
        load_float(tmp_path / f"m{suffix}")


@pytest.mark.parametrize(("suffix", "extra"), [(".onnx", "onnx"), (".pt2", "torch")])
def test_what_is_not_installed_is_said_with_pips_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, extra: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    (tmp_path / f"m{suffix}").write_bytes(b"")
    with pytest.raises(EdgeqError, match=rf'not installed — pip install "edgeq\[{extra}\]"'):
        load_float(tmp_path / f"m{suffix}")


def test_other_suffixes_are_no_front_ends() -> None:
    assert load_foreign(Path("m.tflite")) is None


PROGRAM = """
import os, sys, time
from pathlib import Path
from edgeq.errors import EdgeqError
from edgeq.frontends.commands import main


def refuses(folder: Path) -> None:
    raise EdgeqError("", "it is odd", "make it even")


def stops(folder: Path) -> None:
    print("page after page")
    sys.exit(1)


def dies(folder: Path) -> None:
    print("the last words", flush=True)
    os._exit(3)


def waits(folder: Path) -> None:
    (folder / "child").write_text(str(os.getpid()))
    time.sleep(60)


def takes_all(folder: Path) -> None:
    bytearray(1 << 40)


main({f.__name__: f for f in (refuses, stops, dies, waits, takes_all)})
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "seconds", "said"),
    [
        ("refuses", 60, "model m — it is odd — make it even"),
        ("stops", 60, "model m — the conversion stopped (SystemExit)"),
        ("dies", 60, "model m — the process ended with status 3: the last words"),
        ("waits", 3, "model m — this takes longer than 3 s"),
        ("takes_all", 60, "model m — it takes too much memory"),
    ],
)
def test_a_process_that_fails_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, seconds: int, said: str
) -> None:
    (tmp_path / "odd_program.py").write_text(PROGRAM)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(EdgeqError) as raised:
        process.run("odd_program", command, work, "model m", seconds)
    assert str(raised.value).startswith(said)
