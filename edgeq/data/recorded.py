"""Recordings: an `.npz` with x, text labels y and takes as group, to which each take is added."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edgeq.data.npy import read_array
from edgeq.data.samples import Array
from edgeq.errors import EdgeqError
from edgeq.files import check_regular, write_whole

MAX_BYTES = 1 << 30
KEYS = ("x", "y", "group")


@dataclass(frozen=True)
class Recording:
    """x: [n, ...], windows or the time steps of a log. y: text [n]. group: int64 [n], the number of the
    take.
    """

    x: Array
    y: Array
    group: Array


def read_recording(path: Path) -> Recording | None:
    """What is recorded in a file; None where there is none yet.

    Raises EdgeqError for a file that is no recording.
    """
    if not path.exists():
        return None
    check_regular(path, "recording", MAX_BYTES)
    remedy = "name another file"
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename: info for info in archive.infolist()}
            if set(names) != {f"{key}.npy" for key in KEYS}:
                why = f"it does not hold the arrays {', '.join(KEYS)} of a recording alone"
                raise EdgeqError(f"output {path}", why, remedy)
            x, y, group = (_member(archive, names[f"{key}.npy"], path) for key in KEYS)
    except (zipfile.BadZipFile, OSError) as error:
        raise EdgeqError(f"output {path}", f"it is no .npz ({error})", remedy) from error
    shaped = x.ndim >= 2 and y.shape == group.shape == x.shape[:1]
    if not shaped or y.dtype.kind != "U" or group.dtype != np.int64 or x.dtype.kind not in "iuf":
        raise EdgeqError(f"output {path}", "its arrays are not those of a recording", remedy)
    return Recording(x, y, group)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> Array:
    if info.file_size > MAX_BYTES:
        why = f"{info.filename} takes {info.file_size:,} bytes"
        raise EdgeqError(f"output {path}", why, "name another file")
    with archive.open(info) as stream:
        return read_array(stream, info.file_size, f"{path.name}: {info.filename}", MAX_BYTES)


def with_take(before: Recording | None, x: Array, label: str, path: Path) -> Recording:
    """The recording with one more take of a class. x: [n, ...]. path: of the file, for messages.

    Raises EdgeqError where the samples have another shape or type than those before.
    """
    y = np.full(len(x), label)
    if before is None:
        return Recording(x, y, np.zeros(len(x), np.int64))
    if (before.x.shape[1:], before.x.dtype) != (x.shape[1:], x.dtype):
        had = f"{list(before.x.shape[1:])} {before.x.dtype}"
        why = f"it has samples of {had}, these are {list(x.shape[1:])} {x.dtype}"
        raise EdgeqError(f"output {path}", why, "name another file, or record as before")
    take = int(before.group.max(initial=-1)) + 1
    return Recording(
        np.concatenate([before.x, x]),
        np.concatenate([before.y, y]),
        np.concatenate([before.group, np.full(len(x), take, np.int64)]),
    )


def write_recording(path: Path, recording: Recording) -> None:
    """Writes the file, whole or not at all."""
    content = io.BytesIO()
    np.savez_compressed(content, x=recording.x, y=recording.y, group=recording.group)
    write_whole(path, content.getvalue())
