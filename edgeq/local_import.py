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

from edgeq.errors import EdgeqError

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

    The file is told to the log "edgeq" before its code runs, with `what` it runs for. Lets through whatever importing
    raises. Raises EdgeqError for a file of the user's that has the name of a module in use, which Python would run in
    its place.
    """
    top, _, _ = module.partition(".")
    _forget_others(top, _file(_found(top)), what)
    file = _file(_found(module))
    if file is not None:
        say_what_runs(what, file)
    return importlib.import_module(module)


def say_what_runs(what: str, file: Path) -> None:
    """Tells the log "edgeq" that the code of a file runs, and what for."""
    _log.info("%s runs the Python code in %s", what, "".join(c if c.isprintable() else "?" for c in str(file)))


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


def _file(spec: ModuleSpec | None) -> Path | None:
    return None if spec is None or spec.origin is None else Path(spec.origin)


def _forget_others(top: str, file: Path | None, what: str) -> None:
    """Forgets a package or module of this name that another working directory gave; EdgeqError for one in use."""
    loaded = sys.modules.get(top)
    origin = getattr(loaded, "__file__", None)
    if loaded is None or file is None or (origin is not None and Path(origin).resolve() == file.resolve()):
        return
    if origin is None or any(Path(folder) in Path(origin).parents for folder in sys.path[1:] if folder):
        why = f"{file.name} has the name of a module that is in use, {origin or 'a part of Python'}"
        raise EdgeqError(what, why, "rename the file")
    for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
        del sys.modules[name]
