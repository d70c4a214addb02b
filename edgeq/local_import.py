"""Importing modules that the user named, from where the user stands."""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

from edgeq.errors import LONGEST_PART, EdgeqError, shown

_log = logging.getLogger("edgeq")


@contextlib.contextmanager
def local_path() -> Iterator[None]:
    """The working directory first on the path for imports, and the path as it was afterwards."""
    before = list(sys.path)
    sys.path.insert(0, str(Path.cwd()))
    try:
        yield
    finally:
        sys.path[:] = before


def import_local(module: str, what: str) -> ModuleType:
    """The module that stands first on the path; to be called within `local_path`.

    The file is told to the log "edgeq" before its code runs, with `what` it runs for. Lets through
    whatever importing raises. Raises EdgeqError for a file of the user's that has the name of a
    module in use, which Python would run in its place.
    """
    for name in (module.partition(".")[0], module):
        _forget_others(name, _place(_found(name)), what)
    file = _place(_found(module))
    if file is not None and file.is_file():
        say_what_runs(what, file)
    return importlib.import_module(module)


def say_what_runs(what: str, file: Path) -> None:
    """Tells the log "edgeq" that the code of a file runs, and what for."""
    _log.info("%s runs the Python code in %s", what, shown(file, LONGEST_PART))


def _found(module: str) -> ModuleSpec | None:
    """Where `module` would be imported from, without running the packages around it."""
    path: list[str] | None = None
    spec = None
    parts = module.split(".")
    for count in range(1, len(parts) + 1):
        spec = PathFinder.find_spec(".".join(parts[:count]), path)
        if spec is None or (count < len(parts) and spec.submodule_search_locations is None):
            return None
        path = list(spec.submodule_search_locations or ())
    return spec


def _place(spec: ModuleSpec | None) -> Path | None:
    """The file, or for a package without `__init__.py` its folder."""
    places = [] if spec is None else [spec.origin, *(spec.submodule_search_locations or ())]
    return next((Path(place) for place in places if place), None)


def _forget_others(module: str, place: Path | None, what: str) -> None:
    """Forgets a package or module of this name that another working directory gave; EdgeqError for
    one in use.
    """
    loaded = sys.modules.get(module)
    origin = next(
        filter(None, (getattr(loaded, "__file__", None), *getattr(loaded, "__path__", ()))), None
    )
    if (
        loaded is None
        or place is None
        or (origin is not None and Path(origin).resolve() == place.resolve())
    ):
        return
    if origin is None or any(
        Path(folder) in Path(origin).parents for folder in sys.path[1:] if folder
    ):
        why = (
            f"{place.name} has the name of a module that is in use, {origin or 'a part of Python'}"
        )
        raise EdgeqError(what, why, "rename the file")
    for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
        del sys.modules[name]
