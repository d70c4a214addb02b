"""`module:callable`: a user's Python function that returns samples."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from edgeq.data.arrays import samples_from_arrays
from edgeq.data.samples import Array, InputSpec, LoadOptions, Samples
from edgeq.errors import EdgeqError
from edgeq.local_import import import_local, local_path

Pairs = list[tuple[Array, Array | None]]


def load(source: str, specs: Sequence[InputSpec], options: LoadOptions) -> Samples:
    """Imports the module, looking in the working directory first, and calls the function without
    arguments.

    The function returns an array [n, ...], a pair (x, y), a mapping with the keys of an .npz, or an
    iterable of samples or batches, each an array or a pair. The file that is run is logged before
    it runs; `sys.path` is restored afterwards.

    Raises EdgeqError, with the line, for anything that the function raises.
    """
    try:
        with local_path():
            arrays = _arrays(_import(source)(), source, specs[0], options.max_bytes)
    except EdgeqError:
        raise
    except (Exception, SystemExit) as error:
        raise EdgeqError(source, _told(error), "mend the function") from error
    return samples_from_arrays(arrays, specs, source, options)


def _arrays(result: object, source: str, spec: InputSpec, max_bytes: int) -> dict[str, Array]:
    """The function's result as arrays named like those of an .npz."""
    if isinstance(result, Mapping):
        return {str(key): _array(value, source, str(key)) for key, value in result.items()}
    if isinstance(result, tuple) and len(result) == 2:
        return {
            name: _array(value, source, name)
            for name, value in zip(("x", "y"), result, strict=True)
        }
    if hasattr(result, "__array__") or isinstance(result, list):
        return {"x": _array(result, source, "x")}
    if isinstance(result, Iterable) and not isinstance(result, (str, bytes)):
        return _joined(_collected(result, source, spec, max_bytes))
    why = f"it returned {type(result).__name__}"
    raise EdgeqError(source, why, "return an array, (x, y), a mapping or an iterator")


def _array(value: object, source: str, name: str) -> Array:
    try:
        return np.asarray(value)
    except ValueError as error:  # NumPy's, of rows of unequal length
        raise EdgeqError(
            f"{source}: {name}", f"it is no array: {error}", "give all samples one shape"
        ) from error


def _import(source: str) -> Callable[[], object]:
    module, _, name = source.partition(":")
    try:
        function: object = import_local(module, f"data {source}")
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        why, file = (
            f"there is no module {module!r} in {Path.cwd()}",
            Path(f"{module.removesuffix('.py')}.py"),
        )
        remedy = (
            f"name the module, {file.stem}:{name}"
            if module == file.name and file.is_file()
            else "run where it lies"
        )
        raise EdgeqError(source, why, remedy) from error
    for part in name.split("."):
        function = getattr(function, part, None)
    if not callable(function):
        raise EdgeqError(
            source,
            f"module {module!r} has no function {name!r}",
            "name one that takes no arguments",
        )
    return function


def _collected(items: Iterable[object], source: str, spec: InputSpec, max_bytes: int) -> Pairs:
    pairs: Pairs = []
    size = 0
    for item in items:
        x, y = item if isinstance(item, tuple) and len(item) == 2 else (item, None)
        array, label = np.asarray(x), None if y is None else np.asarray(y)
        if array.shape == spec.sample_shape:
            array, label = array[None], None if label is None else label[None]
        pairs.append((array, label))
        size += array.nbytes
        if size > max_bytes:
            raise EdgeqError(
                source, f"it gave more than {max_bytes} bytes", "end the iterator earlier"
            )
    return pairs


def _joined(pairs: Pairs) -> dict[str, Array]:
    labelled = [y for _, y in pairs if y is not None]
    if not pairs or len(labelled) not in (0, len(pairs)):
        why = "some of its items have labels, some have none" if pairs else "it gave no samples"
        raise EdgeqError("the iterator", why, "give all samples alike, at least one")
    arrays = {"x": np.concatenate([x for x, _ in pairs])}
    return arrays | ({"y": np.concatenate(labelled)} if labelled else {})


def _told(error: BaseException) -> str:
    own = (
        str(Path(__file__).parents[1]),
        "<frozen importlib",
        str(Path(importlib.__file__).parent),
    )  # which a user cannot mend
    frames = [
        f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(own)
    ]
    place = f" ({Path(frames[-1].filename).name} line {frames[-1].lineno})" if frames else ""
    return f"it failed: {type(error).__name__}: {error}{place}"
