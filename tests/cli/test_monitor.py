"""`edgeq monitor` and `edgeq record` of a board at the end of a pseudo-terminal."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from verify.test_serial_port import board

from edgeq.cli import run
from edgeq.wire import Frame, encode_frame

TURN = b"\ncat: 0.250000\r\ndog: 0.75\r\n1234 us per inference\r\n"
HEAD = struct.pack("<HBII", 3, 3, 0, 12)
WINDOW = b"\0" + encode_frame(Frame(0x10, 0, HEAD + struct.pack("<6h", *range(6))))


@pytest.mark.slow
def test_classes_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with board(TURN, again=True) as port:
        assert run(["monitor", "--port", port, "--seconds", "0.5", "--json"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert run(["monitor", "--port", port, "--seconds", "0.5"]) == 0
    assert said["inferences"] > 1
    assert said["classes"]["dog"] == {"count": said["inferences"], "score": 0.75}
    assert said["classes"]["cat"] == {"count": 0, "score": 0.25}
    assert said["microseconds"] == 1234
    assert said["results"][0] == {"class": "dog", "score": 0.75, "microseconds": 1234}
    assert "dog" in capsys.readouterr().out


@pytest.mark.slow
def test_a_board_that_names_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with board(b"boot\n", again=True) as port:
        assert run(["monitor", "--port", port, "--seconds", "0.3"]) == 1
    assert "no result came" in capsys.readouterr().out


@pytest.mark.slow
def test_takes_become_a_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "data.npz"
    command = ["record", "-o", str(path), "--seconds", "0.3", "--json", "--quiet"]
    with board(b"boot\n1,2.5\n", again=True) as port:
        for label in ("wave", "rest"):
            assert run([*command, "--port", port, "--label", label]) == 0
            said = json.loads(capsys.readouterr().out)
            assert said["added"] == said["classes"][label] > 0
    assert (said["output"], said["shape"]) == (str(path), [2])
    with np.load(path) as data:
        assert data["x"].shape == (said["samples"], 2)
        assert set(map(tuple, data["x"].tolist())) == {(1.0, 2.5)}
        assert data["y"].tolist()[0] == "wave"
        assert data["y"].tolist()[-1] == "rest"


@pytest.mark.slow
def test_windows_of_frames_are_samples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "data.npz"
    command = ["record", "-o", str(path), "--seconds", "0.3", "--label", "wave", "--quiet"]
    with board(WINDOW, again=True) as port:
        assert run([*command, "--port", port, "--columns", "2"]) == 0
        assert run([*command, "--port", port, "--columns", "4"]) == 2
    assert "a window has 6 elements" in capsys.readouterr().err
    with np.load(path) as data:
        assert data["x"].dtype == np.int16
        assert data["x"][0].tolist() == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.slow
def test_a_board_that_sends_no_numbers_leaves_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "data.npz"
    command = ["record", "-o", str(path), "--seconds", "0.3", "--label", "wave"]
    with board(b"boot\n", again=True) as port:
        assert run([*command, "--port", port]) == 2
    assert "no window and no line of numbers came within 0.3 s" in capsys.readouterr().err
    assert not path.exists()


WRONG = {
    "no .npz": (["-o", "data.csv", "--label", "a"], "a .npz file is written"),
    "no name": (["-o", "data.npz", "--label", "a\nb"], "it is no name on a single line"),
    "no port": (["-o", "data.npz", "--label", "a"], "serial port '/dev/no-such-port'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_of_record_is_said(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    options, why = WRONG[case]
    monkeypatch.chdir(tmp_path)
    assert run(["record", "--port", "/dev/no-such-port", *options]) == 2
    assert why in capsys.readouterr().err


def test_a_port_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["monitor", "--port", "/dev/no-such-port", "--json"]) == 2
    assert "serial port '/dev/no-such-port'" in capsys.readouterr().err
