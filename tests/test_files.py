"""Reading of regular files, and names that are safe to display."""

from __future__ import annotations

import doctest
import os
from pathlib import Path

import pytest

from edgeq import files
from edgeq.errors import EdgeqError
from edgeq.files import check_output, read_bytes, read_names


def test_docstring_examples() -> None:
    assert doctest.testmod(files) == (0, 1)


def test_only_regular_files_of_a_size_are_read(tmp_path: Path) -> None:
    pipe, device, folder = tmp_path / "pipe", tmp_path / "device", tmp_path / "folder"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    folder.mkdir()
    (tmp_path / "large").write_bytes(bytes(11))
    for path, said in (
        (pipe, "it is a device, a pipe or a socket, which may never end"),
        (device, "it is a device, a pipe or a socket, which may never end"),
        (folder, "it is a folder"),
        (tmp_path / "none", "No such file"),
        (tmp_path / "large", "it has 11 bytes, at most 10 are read"),
    ):
        with pytest.raises(EdgeqError, match=f"model .*{path.name} — {said}"):
            read_bytes(path, "model", 10)
    assert read_bytes(tmp_path / "large", "model", 11) == bytes(11)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"cat\ndog\ncat\n", "'cat' stands there twice"),
        (b"\n \n", "it holds no names"),
        (b"cat\n\xff\n", "it is no UTF-8 text"),
        (b"cat\n\x1b[2J\n", "holds characters that control a terminal"),
        ("cat\n\u202egod\n".encode(), "holds characters that control a terminal"),
        (b"a" * ((1 << 20) + 1), "at most 1,048,576 are read"),
    ],
)
def test_names_that_are_none(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "labels.txt").write_bytes(content)
    with pytest.raises(EdgeqError, match=said):
        read_names(tmp_path / "labels.txt", "labels")


def test_names_of_any_script_are_read(tmp_path: Path) -> None:
    names = ("Tür auf", "می‌خواهم", "猫", "👩‍🚀")
    (tmp_path / "labels.txt").write_text("\ufeff" + "\r\n\n".join(names), "utf-8")
    assert read_names(tmp_path / "labels.txt", "labels") == names


def test_an_output_never_takes_the_place_of_what_is_read(tmp_path: Path) -> None:
    model, link, data = tmp_path / "m.tflite", tmp_path / "link.tflite", tmp_path / "data.tflite"
    model.write_bytes(b"float")
    data.write_bytes(b"arrays")
    link.symlink_to(model)
    for output, sources in (
        (model, (model,)),
        (model, (None, str(tmp_path / "x" / ".." / "m.tflite"))),
        (link, (str(model),)),
        (data, ("m.keras", f"{data}:x_train")),
    ):
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(
            EdgeqError, match="the command reads this file, which would be lost — name another file"
        ):
            check_output(output, ".tflite", sources)
    check_output(model, ".tflite", (data, "module:function", object(), "a" * 5000, "nul\0"))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("m.keras", r"a .tflite file is written — name it m.tflite"),
        ("m", r"a .tflite file is written — name it m.tflite"),
        ("none/m.tflite", "its folder does not exist — make the folder first"),
        ("folder.tflite", "it is a folder — give a file"),
    ],
)
def test_an_output_of_another_kind_or_place_is_refused(
    tmp_path: Path, output: str, said: str
) -> None:
    (tmp_path / "folder.tflite").mkdir()
    with pytest.raises(EdgeqError, match=f"output .*{output} — {said}"):
        check_output(tmp_path / output, ".tflite", ())
