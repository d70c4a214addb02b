"""`.npz`: x (or x0, x1, ...), optional y, group, scale, offset and frontend; other arrays are not
read.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from edgeq.data.array_names import chosen_arrays
from edgeq.data.arrays import samples_from_arrays
from edgeq.data.npy import read_array
from edgeq.data.samples import Array, InputSpec, LoadOptions, Samples
from edgeq.errors import EdgeqError

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what NumPy writes
MAX_ARRAYS = 10_000
FRONT_END = "frontend"  # of an archive by `edgeq data features`
MAX_FRONT_END_BYTES = 1 << 14
FREE_BYTES, RATIO = (
    256 << 20,
    50,
)  # an archive may unpack to the larger of these bytes and this multiple of its size


def load(
    path: Path, specs: Sequence[InputSpec], options: LoadOptions, array: str | None = None
) -> Samples:
    """Samples from the arrays that a model with `specs` needs; pickled arrays are refused.

    array: name of x; None chooses it by name.

    Raises EdgeqError for archives that unpack to far more than their size, and for what
    `samples_from_arrays` refuses.
    """
    limit = min(options.max_bytes, max(FREE_BYTES, RATIO * path.stat().st_size))
    with zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        if len(members) > MAX_ARRAYS:
            raise EdgeqError(
                path.name, f"it holds {len(members):,} arrays", "save only those of the data set"
            )
        chosen = chosen_arrays(list(members), specs, path.name, array)
        _check_size(chosen.names, members, path, limit)
        arrays = {
            key: _array(archive, members[name], path, limit) for key, name in chosen.names.items()
        }
        front_end = _front_end(archive, members.get(FRONT_END), path)
    samples = samples_from_arrays(arrays, specs, path.name, replace(options, max_bytes=limit))
    choices = "; ".join(filter(None, (chosen.note, samples.choices)))
    return replace(samples, choices=choices, front_end=front_end)


def _front_end(archive: zipfile.ZipFile, member: zipfile.ZipInfo | None, path: Path) -> bytes:
    """The bytes of `frontend`; none where there is no such array, or one of other things."""
    if member is None or member.file_size > MAX_FRONT_END_BYTES:
        return b""
    content = _array(archive, member, path, MAX_FRONT_END_BYTES)
    return content.tobytes() if content.dtype == "uint8" and content.ndim == 1 else b""


def _check_size(
    names: Mapping[str, str], members: Mapping[str, zipfile.ZipInfo], path: Path, limit: int
) -> None:
    total = sum(members[name].file_size for name in names.values())
    if total > limit:
        why = f"its arrays take {total:,} bytes, {total // max(path.stat().st_size, 1)} times the file's size"
        raise EdgeqError(
            path.name,
            f"{why}, the limit is {limit:,}",
            "give fewer samples, or save it uncompressed",
        )


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, limit: int) -> Array:
    what = f"{path.name}: {member.filename.removesuffix('.npy')[:40]}"
    if member.compress_type not in METHODS:
        raise EdgeqError(
            what, "it is compressed in a way that NumPy does not use", "save it by numpy.savez"
        )
    with archive.open(member) as stream:
        return read_array(stream, member.file_size, what, limit)
