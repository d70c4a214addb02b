"""`edgeq data features`: sounds to samples, and what hostile files and wrong options end with."""

from __future__ import annotations

import json
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from features.signals import sound

from edgeq.cli import run
from edgeq.data import InputSpec, load_samples
from edgeq.errors import EdgeqError
from edgeq.features import MicroFrontend, MicroParameters, Windows, clip_features
from edgeq.features.wav import read_wav


def write_wav(
    path: Path, samples: int = 8_000, name: str = "noise", rate: int = 16_000, channels: int = 1
) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(sound(name, samples).tobytes())
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clips of "no" and one of "yes", half a second each."""
    write_wav(tmp_path / "in/yes/a.wav", name="speech")
    write_wav(tmp_path / "in/no/a.wav")
    write_wav(tmp_path / "in/no/b.WAV", name="chirp")
    (tmp_path / "in/empty").mkdir()
    (tmp_path / "in/no/notes.txt").write_text("not read")
    return tmp_path / "in"


def features(folder: Path, *options: str) -> int:
    return run(["data", "features", str(folder), "-o", str(folder.parent / "f.npz"), *options])


def refusal(capsys: pytest.CaptureFixture[str], folder: Path, *options: str) -> str:
    assert features(folder, *options) == 2
    assert not (folder.parent / "f.npz").exists()
    message = capsys.readouterr().err
    assert message.startswith("error: ")
    assert message.count("\n") == 1
    return message


def test_the_archive_is_read_as_data(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert features(folder) == 0
    assert "3 samples of 48 frames with 40 features" in " ".join(capsys.readouterr().out.split())
    spec = InputSpec("input", (1, 48, 40))
    samples = load_samples(str(folder.parent / "f.npz"), (spec,))
    assert samples.classes == ("no", "yes")
    assert samples.y is not None
    assert samples.y.tolist() == [0, 1, 0]
    assert samples.group is not None
    assert samples.group.tolist() == [0, 1, 2]
    expected = MicroFrontend().push(sound("noise", 8_000)) * np.float32(0.0390625)
    assert samples.x[0].tolist() == expected.tolist()


def test_windows_are_cut(folder: Path) -> None:
    assert features(folder, "--window", "20", "--hop", "14", "--quiet") == 0
    with np.load(folder.parent / "f.npz") as archive:
        x, group = archive["x"], archive["group"]
        said = json.loads(archive["frontend"].tobytes())
    whole = MicroFrontend().push(sound("noise", 8_000))
    assert group.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert [part.tolist() for part in x[:3]] == [whole[k : k + 20].tolist() for k in (0, 14, 28)]
    assert (said["kind"], said["scale"], said["sample_rate"]) == ("micro", 0.0390625, 16_000)


def test_short_clips_are_filled_on_request(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "it has 8,000 samples, 60 frames take 9,920" in refusal(capsys, folder, "--window", "60")
    assert features(folder, "--window", "60", "--pad", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["classes"] == {"no": 2, "yes": 1}
    padded = np.concatenate([sound("noise", 8_000), np.zeros(1_920, np.int16)])
    with np.load(folder.parent / "f.npz") as archive:
        assert archive["x"][0].tolist() == MicroFrontend().push(padded).tolist()


def test_clips_of_several_lengths_need_a_window(
    folder: Path,
) -> None:
    write_wav(folder / "yes/b.wav", 9_000)
    with pytest.raises(EdgeqError, match=r"it has 54 frames, a\.wav has 48 — give --window"):
        clip_features(folder, MicroParameters(), Windows())


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"rate": 44_100}, "it has 1 channels of 16 bits at 44,100 Hz, 1 of 16 bits at 16,000 Hz"),
        ({"channels": 2}, "it has 2 channels of 16 bits at 16,000 Hz"),
        ({"samples": 0}, "it has 0 samples, 1 frames take 480"),
    ],
)
def test_refuses_other_sounds(tmp_path: Path, given: dict[str, int], why: str) -> None:
    write_wav(tmp_path / "no/c.wav", **{"samples": 500, **given})  # type: ignore[arg-type]
    with pytest.raises(EdgeqError, match=why):
        clip_features(tmp_path, MicroParameters(), Windows())


def chunk(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    return kind + struct.pack("<I", len(content) if size is None else size) + content


FORMAT = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
FLOATS = struct.pack("<HHIIHH", 3, 1, 16_000, 64_000, 4, 32)


def riff(*chunks: bytes, size: int = 1000) -> bytes:
    return chunk(b"RIFF", b"WAVE" + b"".join(chunks), size)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        riff(),
        riff(chunk(b"fmt ", FORMAT)),
        riff(chunk(b"fmt ", FORMAT[:7])),
        riff(chunk(b"fmt ", FLOATS), chunk(b"data", bytes(64))),
        riff(chunk(b"data", bytes(64)), chunk(b"fmt ", FORMAT)),
        riff(chunk(b"fmt ", FORMAT), chunk(b"data", bytes(64), 0xFFFFFFFF), size=0xFFFFFFFF),
        riff(chunk(b"fmt ", FORMAT), chunk(b"junk", b"", 0xFFFFFFF0), size=0xFFFFFFFF),
        riff(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 0, 0, 0, 0, 0)), chunk(b"data", b"1")),
    ],
)
def test_broken_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "c.wav").write_bytes(content)
    with pytest.raises(EdgeqError, match=r"c\.wav") as error:
        read_wav(tmp_path / "c.wav", 16_000)
    assert str(error.value).isprintable()


def test_a_broken_file_ends_the_command_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "no/0.wav").write_bytes(riff())
    assert "0.wav" in refusal(capsys, folder)


def test_refuses_folders_without_sounds_and_loose_options(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "--hop without --window" in refusal(capsys, folder, "--hop", "2")
    for place, windows, why in (
        (folder / "missing", Windows(), "there is no such folder"),
        (folder / "empty", Windows(), r"no subfolder holds \.wav files"),
        (folder, Windows(pad=True), "--pad without --window"),
    ):
        with pytest.raises(EdgeqError, match=why):
            clip_features(place, MicroParameters(), windows)
