"""Malicious data ends at once in a one-line error: endless files, archive bombs, invalid headers."""

from __future__ import annotations

import io
import os
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest

from edgeq.data import InputSpec, LoadOptions, csv_table, images, load_samples, npz
from edgeq.errors import EdgeqError

VECTOR = (InputSpec("features", (1, 4)),)
ALLOWED = 64 << 20  # bytes that reading a small file may take


def refusal(source: str | Path, options: LoadOptions | None = None) -> str:
    """The error message for a source, which must take little memory."""
    tracemalloc.start()
    try:
        with pytest.raises(EdgeqError) as error:
            load_samples(str(source), VECTOR, options)
        assert tracemalloc.get_traced_memory()[1] < ALLOWED
    finally:
        tracemalloc.stop()
    assert "\n" not in str(error.value)
    assert str(error.value).count(" — ") == 2
    return str(error.value)


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".csv"])
def test_devices_and_pipes_are_refused_at_once(tmp_path: Path, suffix: str) -> None:
    device, pipe = tmp_path / f"device{suffix}", tmp_path / f"pipe{suffix}"
    device.symlink_to("/dev/zero")
    os.mkfifo(pipe)
    for path in (device, pipe, Path("/dev/zero"), Path("/dev/full")):
        assert "it is a device, a pipe or a socket, which may never end" in refusal(path)


def test_a_pipe_among_images_is_no_image(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(EdgeqError, match="it holds no images"):
        load_samples(
            str(tmp_path),
            (InputSpec("i", (1, 2, 2, 1)),),
            LoadOptions(images=images.ImageOptions(None, "0..1")),
        )


def npy(shape: tuple[object, ...], descr: object = "<f4", body: bytes = b"") -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    return stream.getvalue() + body


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (npy((True, 4), body=bytes(16)), "its header claims the shape [True, 4]"),
        (npy((1 << 60, 1 << 60)), "its header claims"),
        (npy((0, 1 << 62)), "it cannot be read"),
        (npy((-4, 4)), "its header claims the shape [-4, 4]"),
        (npy((10**15,), "|S0"), "its elements are of type |S0"),
        (npy((1,), [("a", "<f4"), ("b", "|O")], bytes(12)), "pickled Python objects"),
        (npy((4,), [("a", "<f4")], bytes(16)), "its elements are of type [('a', '<f4')]"),
        (npy((1,), "(4,)<f4", bytes(16)), "its elements are of type"),
        (npy((1,) * 100, body=bytes(4)), "it cannot be read"),
        (npy((1, 4), "<M8[s]", bytes(32)), "the data is datetime64[s]"),
        (
            b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{" + b"(" * 1000,
            "its header claims to be 2,147,483,647 bytes long",
        ),
        (b"\x93NUMPY\x01\x00\x08\x00{'a': (\n", "its header cannot be read: TokenError"),
        (b"\x93NUMPY\x09\x00\x10\x00", "it is version (9, 0) of the .npy format"),
    ],
)
def test_headers_that_lie(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.npy").write_bytes(content)
    assert said in refusal(tmp_path / "x.npy")
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("x.npy", content)
    assert said in refusal(tmp_path / "x.npz")


def test_a_header_of_python_2_is_read_without_a_warning(tmp_path: Path) -> None:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 4L), }"
    header += b" " * (117 - len(header)) + b"\n"
    content = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + bytes(16)
    (tmp_path / "x.npy").write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load_samples(str(tmp_path / "x.npy"), VECTOR).count == 1


def test_a_header_of_a_table_that_is_longer_than_its_rows(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,c,d,e,label\n1,2,3,4,5\n")
    assert "line 2 — it has 5 columns, the header 6" in refusal(tmp_path / "x.csv")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [">f4", "<f8", ">i2", "?", "<f2"])
def test_any_order_of_bytes_and_axes_is_read(tmp_path: Path, dtype: str, order: str) -> None:
    x = np.arange(12).reshape(3, 4).astype(dtype)
    np.save(tmp_path / "x.npy", np.asarray(x, order=order))  # type: ignore[call-overload]
    assert load_samples(str(tmp_path / "x.npy"), VECTOR).x.tolist() == x.astype(np.float32).tolist()


def archive_of(
    path: Path, shape: tuple[int, int], dtype: str, method: int = zipfile.ZIP_DEFLATED
) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(
            "x.npy", npy(shape, dtype, bytes(shape[0] * shape[1] * np.dtype(dtype).itemsize))
        )
    return path


def test_an_archive_may_not_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "FREE_BYTES", 1 << 20)
    bomb = archive_of(tmp_path / "bomb.npz", (1 << 18, 4), "<f4")
    assert (
        "times the file's size, the limit is 1,048,576 — give fewer samples, or save it"
        in refusal(bomb)
    )
    as_reals = archive_of(tmp_path / "bytes.npz", (1 << 17, 4), "|i1")
    assert "its 131,072 samples take 2,097,152 bytes as float32, the limit is 1,048,576" in refusal(
        as_reals
    )
    earnest = archive_of(tmp_path / "stored.npz", (1 << 18, 4), "<f4", zipfile.ZIP_STORED)
    assert load_samples(str(earnest), VECTOR).count == 1 << 18


def test_only_what_numpy_writes_is_unpacked(tmp_path: Path) -> None:
    source = archive_of(tmp_path / "x.npz", (1, 4), "<f4", zipfile.ZIP_LZMA)
    assert "it is compressed in a way that NumPy does not use — save it by numpy.savez" in refusal(
        source
    )


def test_names_of_arrays_are_cut_and_escaped(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        for name in ("\x1b[2Ja.npy", "b" * 60_000):
            archive.writestr(name, b"")
    said = refusal(tmp_path / "x.npz")
    assert len(said) < 400
    assert said.isprintable()


def test_a_line_of_a_csv_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "LONGEST_LINE", 1000)
    (tmp_path / "t.csv").write_text("1,2,3,4\n" + "1," * 2000)
    assert "t.csv line 2 — it has 1,000 characters or more" in refusal(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("a,b,c,d\n" + '"' + "1\n" * 200_000)
    assert "field larger than field limit" in refusal(tmp_path / "t.csv")


def test_many_columns_are_counted_not_listed(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(",".join(["a"] * 20_000) + "\n" + ",".join(["1"] * 20_000))
    assert "it has 20000 columns" in refusal(tmp_path / "t.csv")


@pytest.mark.parametrize(
    "content", ["1,2,3,4\n".encode("utf-16"), b"1,2,3,\xff\n", b"a,b,c,\xe4\n1,2,3,4\n"]
)
def test_other_encodings_are_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    assert "it is no UTF-8 text: byte 0x" in refusal(tmp_path / "t.csv")


@pytest.mark.parametrize("source", ["", "\x00.npz", "a" * 5000, "x.npz:", ":f", "."])
def test_odd_sources(source: str) -> None:
    refusal(source)
