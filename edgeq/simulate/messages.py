"""Messages between the simulator and an oracle's process.

A message is the length of its JSON header (8 bytes, little-endian), the header, and the bytes of
the arrays that the header describes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import IO, Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
LENGTH = struct.Struct("<Q")


def send(stream: IO[bytes], header: Mapping[str, Any], arrays: Sequence[Array] = ()) -> None:
    """Writes one message and flushes. header: JSON values, without the key `arrays`."""
    described = [[array.dtype.str, list(array.shape)] for array in arrays]
    text = json.dumps({**header, "arrays": described}).encode()
    stream.write(LENGTH.pack(len(text)) + text)
    for array in arrays:
        stream.write(array.tobytes())
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[dict[str, Any], list[Array]]:
    """Reads one message: header and arrays. Raises EOFError if the other side has ended."""
    (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
    header = json.loads(_exactly(stream, length))
    return header, [
        _array(stream, np.dtype(dtype), tuple(shape)) for dtype, shape in header.pop("arrays")
    ]


def _array(stream: IO[bytes], dtype: np.dtype[Any], shape: tuple[int, ...]) -> Array:
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    return np.frombuffer(_exactly(stream, size), dtype).reshape(shape)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise EOFError(f"{len(content)} of {size} bytes")
    return content
