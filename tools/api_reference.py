"""Builds the reference of the Python interface from its docstrings as HTML, a part of the site of `make docs`.

python tools/api_reference.py [FOLDER]     (build/api by default)

One page has what `edgeq.__all__` names; the types of its arguments and results are on pages of the
modules that define them. What pdoc warns of is an error, and so is a public name without a
docstring.
"""

from __future__ import annotations

import dataclasses
import sys
import typing
import warnings
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pdoc.doc
import pdoc.render

import edgeq

ROOT = Path(__file__).resolve().parent.parent


def public() -> dict[str, Any]:
    """Name in `edgeq.__all__` -> function or class. `edgeq.convert` and its siblings are packages that
    can be called; the function that is called stands for them.
    """
    found = {name: getattr(edgeq, name) for name in edgeq.__all__}
    return {
        name: value._function if isinstance(value, ModuleType) else value
        for name, value in found.items()
    }


def public_types(functions: Iterable[Callable[..., Any]]) -> list[type]:
    """The classes of edgeq in the annotations of functions, and in the fields of those that are
    dataclasses, in the order in which they are come upon.
    """
    found: dict[type, None] = {}
    waiting = [hint for function in functions for hint in typing.get_type_hints(function).values()]
    while waiting:
        hint = waiting.pop(0)
        waiting += typing.get_args(hint)
        own = isinstance(hint, type) and hint.__module__.startswith("edgeq")
        if own and hint not in found:
            found[hint] = None
            waiting += (
                typing.get_type_hints(hint).values() if dataclasses.is_dataclass(hint) else ()
            )
    return list(found)


def undocumented(members: Mapping[str, Any]) -> list[str]:
    """The names of members without a docstring. Dataclasses without one get their signature as
    docstring, which does not count.
    """
    return [
        name
        for name, value in members.items()
        if not value.__doc__ or value.__doc__.startswith(f"{value.__name__}(")
    ]


def page(name: str, doc: str | None, members: Mapping[str, Any]) -> pdoc.doc.Module:
    """A page of members, as pdoc sees it: a module that has just those."""
    module = ModuleType(name, doc)
    vars(module).update(members, __all__=list(members))
    return pdoc.doc.Module(module)


def pages() -> dict[str, pdoc.doc.Module]:
    """Name of a module -> its page in the reference. Raises ValueError for a public name without a
    docstring.
    """
    members = public()
    types = public_types(value for value in members.values() if not isinstance(value, type))
    by_module: dict[str, dict[str, Any]] = {"edgeq": members}
    for each in types:
        by_module.setdefault(each.__module__, {})[each.__name__] = each
    missing = [f"{home}.{n}" for home, held in by_module.items() for n in undocumented(held)]
    if missing:
        raise ValueError(f"public names without a docstring: {', '.join(missing)}")
    return {
        home: page(home, sys.modules[home].__doc__, held)
        for home, held in sorted(by_module.items())
    }


def build(folder: Path) -> list[Path]:
    """Writes the pages, their index and the search index into a folder; gives the paths written."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = pages()
        pdoc.render.configure(show_source=False, footer_text="edgeq")
        texts = {
            f"{name.replace('.', '/')}.html": pdoc.render.html_module(module, made)
            for name, module in made.items()
        }
        texts["index.html"] = pdoc.render.html_index(made)
        texts["search.js"] = pdoc.render.search_index(made)
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in texts]


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "api"
    written = build(target)
    print(f"{target / 'index.html'}: {len(written)} files")
