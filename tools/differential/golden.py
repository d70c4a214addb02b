"""Cases as files: a `.tflite` and beside it the inputs, `.npz`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from differential.case import Case, as_read, make_case
from edgeq.graph import write_tflite


def keep(case: Case, folder: Path, name: str) -> Path:
    """Writes a case; its name ends in a part of the hash of its file, so the same is kept once."""
    path = keep_file(write_tflite(case.model), folder, name)
    named = {f"input{k}": x for k, x in enumerate(case.inputs)}
    np.savez_compressed(path.with_suffix(".npz"), **named)
    return path


def keep_file(data: bytes, folder: Path, name: str) -> Path:
    """Writes a file whose name ends in a part of its hash."""
    path = folder / f"{name}-{hashlib.sha256(data).hexdigest()[:8]}.tflite"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def kept(path: Path) -> Case:
    """The case of a file that `keep` has written, with the simulator's values as they are now."""
    with np.load(path.with_suffix(".npz")) as held:
        inputs = [held[f"input{k}"] for k in range(len(held.files))]
    return make_case(as_read(path.read_bytes()), inputs)
