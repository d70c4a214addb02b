"""Small data files of every format, and changes of them."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from edgeq.data import InputSpec, LoadOptions

Generator = np.random.Generator

SUFFIXES = (".npz", ".npy", ".csv", ".txt")
LIMIT = 64 << 20  # bytes that a data set may take
OPTIONS = (
    LoadOptions(max_bytes=LIMIT),
    LoadOptions(window=4, hop=2, max_bytes=LIMIT),
    LoadOptions(label_column="-1", header=True, max_bytes=LIMIT),
    LoadOptions(label_column="label", classes=("cat", "dog"), max_bytes=LIMIT),
    LoadOptions(columns=("0", "2", "3", "1"), header=False, max_bytes=LIMIT),
)
SPECS = (
    (InputSpec("x", (1, 4)),),
    (InputSpec("x", (1, 2, 2, 1)),),
    (InputSpec("x", (1, 4)), InputSpec("z", (1, 2), "int8")),
)
TEXTS = (
    b"nan",
    b"inf",
    b"-1e400",
    b"",
    b'"',
    b",",
    b"\n",
    b"\r",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"'",
    b";",
    b"0x10",
    b"1_000",
    b"\x1b[2J",
    b"a" * 300,
    b"9" * 400,
    "\u202e".encode(),
    "\u0663".encode(),
)
"""What readers of text and of headers trip over."""


def data_files() -> list[bytes]:
    """Inputs of the target `data`: two bytes of choices, then a valid file."""
    found = [*_npz(), *_npy(), *_csv(), *_names()]
    return [bytes([SUFFIXES.index(suffix), choice]) + content for suffix, choice, content in found]


def _npz() -> Iterator[tuple[str, int, bytes]]:
    rng = np.random.default_rng(0)
    x, y = rng.normal(0, 1, (6, 4)).astype(np.float32), np.arange(6) % 2
    sets = (
        {"x": x, "y": y},
        {"x": x.astype(np.float64), "y": np.array(["cat", "dog"] * 3), "group": y},
        {"x0": x, "x1": np.arange(12).reshape(6, 2).astype(np.int8)},
        {"x": (x * 9).astype(np.uint8), "scale": np.float32(0.1), "offset": np.float32(1)},
    )
    for number, arrays in enumerate(sets):
        stream = io.BytesIO()
        (np.savez if number % 2 else np.savez_compressed)(stream, **arrays)
        yield ".npz", 10 * (number == 2), stream.getvalue()


def _npy() -> Iterator[tuple[str, int, bytes]]:
    for dtype in ("<f4", ">f8", "<i2", "|u1", "|b1", "<U3"):
        for order in "CF":
            stream = io.BytesIO()
            np.save(stream, np.ones((6, 4), dtype, order=order))
            yield ".npy", 0, stream.getvalue()


def _csv() -> Iterator[tuple[str, int, bytes]]:
    rows = "1,2,3,4,cat\n5,6,7,8,dog\n"
    yield ".csv", 2, ("a,b,c,d,label\n" + rows).encode()
    yield ".csv", 3, ("a,b,c,d,label\n" + rows).encode()
    yield ".csv", 0, b"1,2,3,4\n5.5,6e3,-7,.8\n"
    yield ".csv", 1, "".join(f"{k}\n" for k in range(20)).encode()
    yield ".csv", 4, b'"1";"2";"3";"4"\r\n"4";"5";"6";"7"\r\n'


def _names() -> Iterator[tuple[str, int, bytes]]:
    yield ".txt", 0, b"cat\ndog\nbird\n"
    yield ".txt", 0, "\ufeffK\u00e4fer\r\n\u540d\n".encode()


def changed_file(content: bytes, rng: Generator) -> bytes:
    """A copy with one to four changes: bits, bytes, text, parts moved, cut or repeated."""
    held = bytearray(content)
    for _ in range(int(rng.integers(1, 5))):
        at = int(rng.integers(len(held) + 1))
        end = min(len(held), at + int(rng.integers(1, 20)))
        kind = rng.integers(6)
        if kind == 0 and at < len(held):
            held[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            held[at:end] = TEXTS[rng.integers(len(TEXTS))]
        elif kind == 2:
            del held[at:end]
        elif kind == 3:
            held[at:at] = held[at:end] * int(rng.integers(1, 8))
        elif kind == 4:
            held[at : at + 4] = int(rng.integers(1 << 32)).to_bytes(4, "little")
        else:
            held[at:at] = bytes(rng.integers(0, 256, int(rng.integers(1, 5)), np.uint8))
    return bytes(held)
