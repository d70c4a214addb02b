"""The faults that are planted: those of cosmic-ray's operators in Python, those of a table in C,
drawn by a seed.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mutation.host_lines import host_lines, include_root

NO_FAULTS = re.compile(
    r"^\s*@(\w*cache|lru_cache|overload|dataclass)\b|\bTYPE_CHECKING\b|^from __future__"
)
"""Lines whose faults change no result: how much is cached, whether objects are frozen, what only
type checkers see.
"""

C_OPERATORS = (
    (
        re.compile(r"(?<![<>=!+\-*/&|^%?-])(<=|>=|==|!=|(?<!<)<(?![<=])|(?<![->])>(?![>=]))(?= )"),
        {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="},
    ),
    (
        re.compile(r"(?<= )([+\-*]|&&|\|\||<<|>>|&|\|)(?= [^=])"),
        {
            "+": "-",
            "-": "+",
            "*": "+",
            "&&": "||",
            "||": "&&",
            "<<": ">>",
            ">>": "<<",
            "&": "|",
            "|": "&",
        },
    ),
    (re.compile(r"(?<![\w.#])(0|[1-9]\d*)(?![\w.])"), None),
)
"""Where a fault of C may be, and what stands there instead; a number becomes the next one."""


@dataclass(frozen=True)
class Mutant:
    """A source with one fault. before, after: the line as it was and is."""

    path: Path
    operator: str
    line: int
    before: str
    after: str
    text: str


Place = tuple[Path, int, int]  # source, line, column
Fault = tuple[str, int]  # operator, and which of its occurrences in the source


def python_faults(path: Path) -> Iterator[tuple[Place, Fault]]:
    """Every fault of every operator that needs no arguments, but for those that change no result."""
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast

    source = path.read_text()
    lines, nodes, left = source.splitlines(), list(ast_nodes(get_ast(source))), unjudged(source)
    for name in plugins.operator_names():
        operator = plugins.get_operator(name)
        if operator.arguments():
            continue
        found = (span for node in nodes for span in operator().mutation_positions(node))
        for occurrence, (start, _) in enumerate(found):
            if not NO_FAULTS.search(lines[start[0] - 1]) and not any(
                a <= start < b for a, b in left
            ):
                yield (path, *start), (name, occurrence)


Span = tuple[tuple[int, int], tuple[int, int]]  # (line, column) where it starts, and behind its end


def unjudged(source: str) -> list[Span]:
    """Where a fault changes no result of a program that is right: annotations, which are never
    evaluated, errors' messages, assertions, and the lengths that `zip` and `lru_cache` check or
    keep."""
    found = list[ast.expr | ast.stmt | None]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(node.returns)
        if isinstance(node, (ast.AnnAssign, ast.arg)):
            found.append(node.annotation)
        if isinstance(node, (ast.Raise, ast.Assert)):
            found.append(node)
        if isinstance(node, ast.keyword) and node.arg in ("strict", "maxsize", "stacklevel"):
            found.append(node.value)
    return [
        ((e.lineno, e.col_offset), (e.end_lineno or 0, e.end_col_offset or 0))
        for e in found
        if e is not None
    ]


def python_mutant(path: Path, fault: Fault) -> str | None:
    """A Python source with one fault planted in it; None where the operator changes nothing."""
    from cosmic_ray import plugins
    from cosmic_ray.mutating import mutate_code

    source, (name, occurrence) = path.read_text(), fault
    text = mutate_code(source, plugins.get_operator(name)(), occurrence)
    return text if text and text != source else None


def c_faults(path: Path) -> Iterator[tuple[Place, Fault]]:
    """Every fault that the table of C faults makes of a source; comments and preprocessor lines are not
    changed.
    """
    source = path.read_text()
    comments = [
        match.span()
        for match in re.finditer(r"/\*.*?\*/|^#.*?(?<!\\)$|\"[^\"\n]*\"", source, re.S | re.M)
    ]
    for kind, (pattern, _) in enumerate(C_OPERATORS):
        for match in pattern.finditer(source):
            if not any(start <= match.start() < end for start, end in comments):
                line = source.count("\n", 0, match.start()) + 1
                yield (path, line, match.start()), (str(kind), match.start())


def c_mutant(path: Path, fault: Fault) -> str | None:
    """A C source with one fault planted in it."""
    source, (pattern, instead) = path.read_text(), C_OPERATORS[int(fault[0])]
    match = pattern.match(source, fault[1])
    assert match is not None
    put = str(int(match[0]) + 1) if instead is None else instead[match[0]]
    return source[: match.start()] + put + source[match.end() :]


LANGUAGES = {
    ".py": (python_faults, python_mutant),
    ".c": (c_faults, c_mutant),
    ".h": (c_faults, c_mutant),
}


def sources(names: list[str]) -> list[Path]:
    """The files named, and all sources in the folders named."""
    found = list[Path]()
    for path in (Path(name).resolve() for name in names):
        found += (
            sorted(p for p in path.rglob("*") if p.suffix in LANGUAGES) if path.is_dir() else [path]
        )
    return found


def draw(paths: list[Path], root: Path, count: int, seed: int) -> Iterator[Mutant]:
    """So many mutants of the sources, no two of one place, and none in C that this machine does not
    compile.
    """
    places: dict[Place, list[Fault]] = {}
    for path in paths:
        for place, fault in LANGUAGES[path.suffix][0](path):
            if path.suffix == ".py" or place[1] in host_lines(include_root(path)).get(path, ()):
                places.setdefault(place, []).append(fault)
    generator = random.Random(seed)
    order, drawn = sorted(places), 0
    generator.shuffle(order)
    for path, line, column in order:
        fault = generator.choice(places[path, line, column])
        text = LANGUAGES[path.suffix][1](path, fault)
        if drawn < count and text is not None:
            drawn += 1
            yield _mutant(path, root, line, fault[0], text)


def _mutant(path: Path, root: Path, line: int, operator: str, text: str) -> Mutant:
    before, after = path.read_text().splitlines(), text.splitlines()
    same = (k for k, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    k = next(same, min(len(before), len(after)) - 1)
    return Mutant(path.relative_to(root), operator, line, before[k].strip(), after[k].strip(), text)
