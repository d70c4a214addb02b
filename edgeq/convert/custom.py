"""`--custom MODULE[:NAME]`: the user's own Keras layers and functions, trusted because the user
names them.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from edgeq.convert.backend import brief, imported
from edgeq.errors import EdgeqError
from edgeq.local_import import import_local, local_path, say_what_runs


def load_custom(names: Sequence[str]) -> dict[str, object]:
    """Name -> object for every class and function that the modules define, or for the one after the
    colon.

    names: Python modules (the working directory first on the path) or .py files. Importing also
    runs `register_keras_serializable`. Raises EdgeqError in one line for a module that is missing
    or fails.
    """
    if names:
        imported("keras")  # first and silently; the modules import it again
    found: dict[str, object] = {}
    for name in names:
        source, _, wanted = name.partition(":")
        module = _module(source)
        defined = _defined(module)
        if wanted and not hasattr(module, wanted):
            known = ", ".join(defined) or "none"
            raise EdgeqError(f"--custom {name}", f"it defines no {wanted}", f"it defines: {known}")
        found |= {wanted: getattr(module, wanted)} if wanted else defined
    return found


def _defined(module: ModuleType) -> Mapping[str, object]:
    """Classes and functions of the module's own, not what it imported."""
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    }


def _module(source: str) -> ModuleType:
    try:
        with local_path():
            return (
                _from_file(Path(source))
                if source.endswith(".py")
                else import_local(source, f"--custom {source}")
            )
    except EdgeqError:
        raise
    except (Exception, SystemExit) as error:
        why = f"importing it failed: {type(error).__name__}: {brief(error)}"
        raise EdgeqError(
            f"--custom {source}", why, "give a module or a .py file that defines the layers"
        ) from error


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise EdgeqError(f"--custom {path}", "there is no such file", "give a module or a .py file")
    spec = importlib.util.spec_from_file_location(_free_name(path), path)
    if spec is None or spec.loader is None:
        raise EdgeqError(
            f"--custom {path}", "it is no Python source", "give a module or a .py file"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    say_what_runs(f"--custom {path}", path.resolve())
    spec.loader.exec_module(module)
    return module


def _free_name(path: Path) -> str:
    """The file's stem, or another name where that of a module in use is not to be replaced."""
    loaded, found = sys.modules.get(path.stem), PathFinder.find_spec(path.stem)
    others = [getattr(loaded, "__file__", None) or ""] if loaded is not None else []
    others += [found.origin or ""] if found is not None else []
    taken = any(not other or Path(other).resolve() != path.resolve() for other in others)
    return f"custom_{path.stem}" if taken else path.stem
