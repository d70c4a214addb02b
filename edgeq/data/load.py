"""Reading of data in any format."""

from __future__ import annotations

import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from edgeq.data import csv_table, images, npy, npz, python_callable
from edgeq.data.class_names import by_names
from edgeq.data.samples import InputSpec, LoadOptions, Samples
from edgeq.errors import EdgeqError
from edgeq.files import check_regular

Reader = Callable[[Path, Sequence[InputSpec], LoadOptions], Samples]
FILES: Mapping[str, Reader] = {".npz": npz.load, ".npy": npy.load, ".csv": csv_table.load}
ARRAY = re.compile(r"(.+\.npz):(\w+)", re.IGNORECASE)
CALLABLE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
FORMATS = ".npz, .npy, .csv, a folder of images or module:callable"
BROKEN = (
    OSError,
    ValueError,
    EOFError,
    RuntimeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
)


def as_samples(
    source: str | Path | Samples, specs: Sequence[InputSpec], options: LoadOptions | None = None
) -> Samples:
    """Samples unchanged, or those of a source (`load_samples`), which may be a Path. Text labels are
    numbered by `options.classes`.
    """
    if isinstance(source, Samples):
        return by_names(source, (options or LoadOptions()).classes)
    return load_samples(str(source), specs, options)


def load_samples(
    source: str, specs: Sequence[InputSpec], options: LoadOptions | None = None
) -> Samples:
    """The samples of a .npz, .npy or .csv file, an image folder or `module:callable`, as the
    model's inputs require.

    source: a path, `FILE.npz:NAME` for the array of that name, or `module:callable`.
    specs: the model's inputs, from `input_specs` or by hand.

    Raises EdgeqError for data that is missing, broken, empty, not finite, or of another shape or
    type than the model's, and for malicious files: pickles, headers that claim more than there is,
    archives and images that unpack to gigabytes, devices and pipes.
    """
    options = options or LoadOptions()
    if options.hop is not None and options.window is None:
        raise EdgeqError(
            "--hop without --window", "it is a distance between windows", "give --window N too"
        )
    path, reader = _reader(source)
    try:
        samples = (
            python_callable.load(source, specs, options)
            if reader is None
            else reader(path, specs, options)
        )
    except BROKEN as error:
        why = f"it cannot be read: {str(error)[:200] or type(error).__name__}"
        raise EdgeqError(f"data {source}", why, "save it again, or give another file") from error
    return by_names(samples, options.classes)


def check_sources(sources: Iterable[object]) -> None:
    """Raises EdgeqError for a path that is no file or folder which `load_samples` reads: to be called
    before long work. Samples, None and what else is no path are passed over.
    """
    for source in sources:
        if isinstance(source, (str, Path)):
            _reader(str(source))


def _reader(source: str) -> tuple[Path, Reader | None]:
    """The path, and the function that reads it; None for `module:callable`."""
    path, named = Path(source), ARRAY.fullmatch(source)
    try:
        exists = path.exists()
    except (OSError, ValueError) as error:
        raise EdgeqError(
            f"data {source[:80]}", f"it is no path: {error}"[:200], f"give {FORMATS}"
        ) from error
    if not exists and named and Path(named[1]).exists():
        path, array = Path(named[1]), named[2]
        check_regular(path, "data")
        return path, partial(npz.load, array=array)
    if not exists and CALLABLE.fullmatch(source):
        return path, None
    if not exists:
        raise EdgeqError(f"data {source}", "there is no such file or folder", f"give {FORMATS}")
    if path.is_dir():
        return path, images.load
    check_regular(path, "data")
    reader = FILES.get(path.suffix.lower())
    if reader is None and path.suffix == ".py":
        raise EdgeqError(
            f"data {source}",
            "it is Python code, not data",
            f"name its function: {path.stem}:FUNCTION",
        )
    if reader is None:
        raise EdgeqError(
            f"data {source}",
            f"{path.suffix or 'a file without suffix'} is not read",
            f"give {FORMATS}",
        )
    return path, reader
