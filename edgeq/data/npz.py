"""`.npz`: x (or x0, x1, ...), optional y, group, scale and offset; other arrays are left unread."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from edgeq.data.arrays import samples_from_arrays
from edgeq.data.npy import read_array
from edgeq.data.samples import InputSpec, LoadOptions, Samples


def load(path: Path, specs: Sequence[InputSpec], options: LoadOptions) -> Samples:
    """The arrays that a model with `specs` needs, never unpickled."""
    numbered = [f"{key}{i}" for key in ("x", "scale", "offset") for i in range(len(specs))]
    wanted = {"x", "y", "group", "scale", "offset", *numbered, *(spec.name for spec in specs)}
    with zipfile.ZipFile(path) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        arrays = {}
        for key in sorted(wanted & members.keys()):
            with archive.open(members[key]) as stream:
                arrays[key] = read_array(stream, members[key].file_size, f"{path.name}: {key}", options.max_bytes)
    return samples_from_arrays(arrays, specs, path.name)
