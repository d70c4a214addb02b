"""`.npy`: one array of samples. Its header is checked against the file's size before memory is
allocated.
"""

from __future__ import annotations

import contextlib
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from edgeq.data.arrays import samples_from_arrays
from edgeq.data.samples import Array, InputSpec, LoadOptions, Samples
from edgeq.errors import EdgeqError

UNREADABLE = (SyntaxError, tokenize.TokenError, TypeError, RecursionError, OverflowError)
"""What NumPy raises, beside ValueError, for headers that are not what it writes."""
LONGEST_HEADER = 10_000  # bytes, as in NumPy, which would allocate more before it refuses
_FORMAT: Any = np.lib.format  # its functions are not annotated


def load(path: Path, specs: Sequence[InputSpec], options: LoadOptions) -> Samples:
    """The array as samples of a model with one input, without labels."""
    with path.open("rb") as stream:
        x = read_array(stream, path.stat().st_size, path.name, options.max_bytes)
    return samples_from_arrays({"x": x}, specs, path.name, options)


def read_array(stream: IO[bytes], size: int, what: str, max_bytes: int) -> Array:
    """The array of a .npy stream of `size` bytes.

    what: name of the stream, for messages.

    Raises EdgeqError for pickled, truncated and too large arrays.
    """
    shape, dtype = read_header(stream, what)
    if dtype.hasobject:
        raise EdgeqError(
            what, "it holds pickled Python objects, which can run code", "save plain numbers"
        )
    if dtype.kind == "V" or not dtype.itemsize:
        raise EdgeqError(what, f"its elements are of type {str(dtype)[:60]}", "save plain numbers")
    claimed, present = prod(shape) * dtype.itemsize, size - stream.tell()
    if claimed > present:
        raise EdgeqError(
            what,
            f"its header claims {claimed:,} bytes, {present:,} are there",
            "save the array again",
        )
    if claimed > max_bytes:
        raise EdgeqError(
            what, f"it claims {claimed:,} bytes, the limit is {max_bytes:,}", "give fewer samples"
        )
    stream.seek(0)
    with _without_warnings():
        return cast(Array, _FORMAT.read_array(stream, allow_pickle=False))


@contextlib.contextmanager
def _without_warnings() -> Iterator[None]:
    """NumPy warns of headers that Python 2 wrote, which it reads all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield


def read_header(stream: IO[bytes], what: str) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    """Shape and type in the header of a .npy stream. Raises EdgeqError for invalid sizes."""
    version = _FORMAT.read_magic(stream)
    readers = {(1, 0): _FORMAT.read_array_header_1_0, (2, 0): _FORMAT.read_array_header_2_0}
    if version not in readers:
        raise EdgeqError(what, f"it is version {version} of the .npy format", "save plain numbers")
    start, length = stream.tell(), int.from_bytes(stream.read(2 * version[0]), "little")
    if length > LONGEST_HEADER:
        raise EdgeqError(
            what, f"its header claims to be {length:,} bytes long", "save the array again"
        )
    stream.seek(start)
    try:
        with _without_warnings():
            shape, _, dtype = readers[version](stream)
    except UNREADABLE as error:
        why = f"its header cannot be read: {type(error).__name__}"
        raise EdgeqError(what, why, "save the array again") from error
    if any(
        type(length) is not int or length < 0 for length in shape
    ):  # bool is an int, but not a size for NumPy
        raise EdgeqError(
            what, f"its header claims the shape {str(list(shape))[:60]}", "save the array again"
        )
    return shape, dtype
