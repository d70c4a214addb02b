"""One entry to all formats of data."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from edgeq.data import csv_table, images, npy, npz, python_callable
from edgeq.data.samples import InputSpec, LoadOptions, Samples
from edgeq.errors import EdgeqError

Reader = Callable[[Path, Sequence[InputSpec], LoadOptions], Samples]
FILES: Mapping[str, Reader] = {".npz": npz.load, ".npy": npy.load, ".csv": csv_table.load}
CALLABLE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
FORMATS = ".npz, .npy, .csv, a folder of images or module:callable"
BROKEN = (OSError, ValueError, EOFError, RuntimeError, MemoryError, zipfile.BadZipFile, zlib.error, csv.Error)


def as_samples(source: str | Samples, specs: Sequence[InputSpec], options: LoadOptions | None = None) -> Samples:
    """Samples as they are, or those of a source: see `load_samples`."""
    return source if isinstance(source, Samples) else load_samples(source, specs, options)


def load_samples(source: str, specs: Sequence[InputSpec], options: LoadOptions | None = None) -> Samples:
    """The samples of a .npz, .npy or .csv file, a folder of images or `module:callable`, fitting the model's inputs.

    specs: the inputs, from `input_specs` or by hand. Raises EdgeqError, in one line, for anything that is missing,
    broken, hostile (pickles, headers that claim more than is there, decompression bombs), empty, not finite, or of
    another shape or type than the model's.
    """
    options = options or LoadOptions()
    path = Path(source)
    if not path.exists() and CALLABLE.fullmatch(source):
        return python_callable.load(source, specs, options)
    reader = images.load if path.is_dir() else FILES.get(path.suffix.lower())
    if not path.exists():
        raise EdgeqError(f"data {source}", "there is no such file or folder", f"give {FORMATS}")
    if reader is None:
        raise EdgeqError(f"data {source}", f"{path.suffix or 'a file without suffix'} is not read", f"give {FORMATS}")
    try:
        return reader(path, specs, options)
    except BROKEN as error:
        why = f"it cannot be read: {str(error) or type(error).__name__}"
        raise EdgeqError(f"data {source}", why, "save it again, or give another file") from error
