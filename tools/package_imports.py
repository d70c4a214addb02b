"""Which packages of edgeq import which, read from the sources without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "edgeq"


def sources() -> list[Path]:
    """All Python files of edgeq, sorted."""
    return sorted(PACKAGE.rglob("*.py"))


@cache
def nodes(path: Path) -> tuple[ast.Import | ast.ImportFrom | ast.Constant, ...]:
    """The imports and constants in a source file. Whole trees are not kept: Python takes seconds to
    clear half a million nodes away.
    """
    kinds = (ast.Import, ast.ImportFrom, ast.Constant)
    return tuple(n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, kinds))


def package_of(path: Path) -> str:
    """The folder or module directly below `edgeq/` that a source file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_packages(tree: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """(line, package of edgeq) of every import among the nodes of a syntax tree; a relative import
    counts as the package `a relative import`.
    """
    for node in tree:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "a relative import"
            continue
        elif isinstance(node, ast.ImportFrom):
            inside = [f"edgeq.{alias.name}" for alias in node.names]
            names = inside if node.module == "edgeq" else [node.module or ""]
        else:
            continue
        yield from (
            (node.lineno, name.split(".")[1]) for name in names if name.startswith("edgeq.")
        )


@cache
def package_imports() -> Mapping[str, frozenset[str]]:
    """Package -> the other packages that any of its modules imports."""
    found: dict[str, set[str]] = {}
    for path in sources():
        home = package_of(path)
        names = {name for _, name in imported_packages(nodes(path))}
        found.setdefault(home, set()).update(names - {home})
    return {home: frozenset(names) for home, names in sorted(found.items())}
