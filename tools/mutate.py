"""Mutation testing by hand: small faults are planted one at a time, and the tests that serve the module must notice.

    pip install cosmic-ray
    python tools/mutate.py edgeq/plan edgeq/opkit/columns.py [--sample 40] [--seed 0] [--minutes 60] [--slow]
    python tools/mutate.py firmware_templates/native/requantize.h

Faults of Python are those of cosmic-ray's operators, outside annotations; of C those in the table below. A sample is
drawn by a seed: first places in the sources, then one fault for each. The sources are mutated in a copy of the project.
The tests of the module's own file come first, then those of its room and of the rooms above that `SERVED_BY` names.
The score counts faults that tests notice; those whose tests did not end in time are named as well.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("edgeq", "tests", "firmware_templates", "boards", "examples", "benchmarks", "docs", "tools", "README.md",
          "pyproject.toml", "Makefile")  # fmt: skip

SERVED_BY = {
    "fixedpoint": ("tests/test_fixedpoint.py", "tests/opkit", "tests/ops"),
    "opkit": ("tests/opkit", "tests/ops", "tests/codegen"),
    "ops": ("tests/ops", "tests/opkit", "tests/plan"),
    "plan": ("tests/plan", "tests/codegen", "tests/verify"),
    "codegen": ("tests/codegen", "tests/opkit", "tests/verify"),
    "quantize": ("tests/quantize", "tests/convert", "tests/mixed", "tests/explain"),
    "native": ("tests/ops", "tests/opkit", "tests/codegen", "tests/firmware"),
}
"""Folder of a source -> what is run after the test of the same name; `tests/<folder>` for any other."""

NO_FAULTS = re.compile(r"@\w*cache\b|@lru_cache|@overload")
"""Decorators whose removal changes no result."""

C_OPERATORS = (
    (re.compile(r"(?<![<>=!+\-*/&|^%?-])(<=|>=|==|!=|(?<!<)<(?![<=])|(?<![->])>(?![>=]))(?= )"),
     {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}),
    (re.compile(r"(?<= )([+\-*]|&&|\|\||<<|>>|&|\|)(?= [^=])"),
     {"+": "-", "-": "+", "*": "+", "&&": "||", "||": "&&", "<<": ">>", ">>": "<<", "&": "|", "|": "&"}),
    (re.compile(r"(?<![\w.#])(0|[1-9]\d*)(?![\w.])"), None),
)  # fmt: skip
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
    """Every fault of every operator that needs no arguments, outside annotations."""
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast

    source = path.read_text()
    lines, nodes, typed = source.splitlines(), list(ast_nodes(get_ast(source))), annotated(source)
    for name in plugins.operator_names():
        operator = plugins.get_operator(name)
        if operator.arguments():
            continue
        found = (span for node in nodes for span in operator().mutation_positions(node))
        for occurrence, (start, _) in enumerate(found):
            if not NO_FAULTS.search(lines[start[0] - 1]) and not any(a <= start < b for a, b in typed):
                yield (path, *start), (name, occurrence)


def annotated(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """From where to where (line, column) annotations go; they are never evaluated."""
    found = list[ast.expr | None]()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.append(node.returns)
        if isinstance(node, (ast.AnnAssign, ast.arg)):
            found.append(node.annotation)
    return [((e.lineno, e.col_offset), (e.end_lineno or 0, e.end_col_offset or 0)) for e in found if e is not None]


def python_mutant(path: Path, fault: Fault) -> str | None:
    """The source with a fault, None where it is as before."""
    from cosmic_ray import plugins
    from cosmic_ray.mutating import mutate_code

    source, (name, occurrence) = path.read_text(), fault
    text = mutate_code(source, plugins.get_operator(name)(), occurrence)
    return text if text and text != source else None


def c_faults(path: Path) -> Iterator[tuple[Place, Fault]]:
    """Every fault of the table; comments and lines for the preprocessor are left alone."""
    source = path.read_text()
    comments = [match.span() for match in re.finditer(r"/\*.*?\*/|^#.*?(?<!\\)$|\"[^\"\n]*\"", source, re.S | re.M)]
    for kind, (pattern, _) in enumerate(C_OPERATORS):
        for match in pattern.finditer(source):
            if not any(start <= match.start() < end for start, end in comments):
                line = source.count("\n", 0, match.start()) + 1
                yield (path, line, match.start()), (str(kind), match.start())


def c_mutant(path: Path, fault: Fault) -> str | None:
    """The source with a fault."""
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


def draw(paths: list[Path], count: int, seed: int) -> Iterator[Mutant]:
    """So many mutants of the sources, no two of one place."""
    places: dict[Place, list[Fault]] = {}
    for path in paths:
        for place, fault in LANGUAGES[path.suffix][0](path):
            places.setdefault(place, []).append(fault)
    generator = random.Random(seed)
    order, drawn = sorted(places), 0
    generator.shuffle(order)
    for path, line, column in order:
        fault = generator.choice(places[path, line, column])
        text = LANGUAGES[path.suffix][1](path, fault)
        if drawn < count and text is not None:
            drawn += 1
            yield _mutant(path, fault[0], text)


def _mutant(path: Path, operator: str, text: str) -> Mutant:
    before, after = path.read_text().splitlines(), text.splitlines()
    same = (k for k, (a, b) in enumerate(zip(before, after, strict=False)) if a != b)
    k = next(same, min(len(before), len(after)) - 1)
    return Mutant(path.relative_to(ROOT), operator, k + 1, before[k].strip(), after[k].strip(), text)


def tests_of(path: Path, folder: Path) -> list[list[str]]:
    """What is run for a source, in this order: the tests of its name, and all others that serve it."""
    room = path.parent.name
    serving = SERVED_BY.get(room, (f"tests/{room}",))
    own = sorted({f for name in serving for f in (folder / name).glob(f"**/test_{path.stem.split('.')[0]}.py")})
    rest = [name for name in serving if (folder / name).exists()]
    doctest = [str(path)] if path.suffix == ".py" else []
    return [[*(str(f.relative_to(folder)) for f in own), *doctest], rest]


def verdict(folder: Path, tests: list[str], slow: bool, seconds: float) -> str:
    """`killed` where a test fails, `timed out` where the tests do not end in time, else `survived`."""
    chosen = [] if slow else ["-m", "not slow"]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *chosen, *tests]
    shared = os.environ.get("EDGEQ_SHARED", str(ROOT.parent / "shared"))
    environment = {**os.environ, "PYTHONPATH": str(folder), "EDGEQ_SHARED": shared,
                   "PYTHONDONTWRITEBYTECODE": "1"}  # fmt: skip
    try:
        done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=seconds, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return "timed out"
    return "survived" if done.returncode in (0, 5) else "killed"  # 5: nothing was collected


def judge(mutant: Mutant, folder: Path, slow: bool, seconds: float) -> str:
    """The verdict of all tests that serve a mutant; the copy is as it was afterwards."""
    place = folder / mutant.path
    kept = place.read_text()
    place.write_text(mutant.text)
    try:
        found = (verdict(folder, tests, slow, seconds) for tests in tests_of(mutant.path, folder) if tests)
        return next((word for word in found if word != "survived"), "survived")
    finally:
        place.write_text(kept)


def fails_before(paths: Iterable[Path], folder: Path, slow: bool, seconds: float) -> list[str]:
    """Tests that serve the sources and fail, or do not end in time, without any fault: they would judge nothing."""
    runs = {tuple(tests) for path in paths for tests in tests_of(path, folder) if tests}
    return [name for run in sorted(runs) if verdict(folder, list(run), slow, seconds) != "survived" for name in run]


def sources(names: list[str]) -> list[Path]:
    """The files named, and all sources in the folders named."""
    found = list[Path]()
    for path in (Path(name).resolve() for name in names):
        found += sorted(p for p in path.rglob("*") if p.suffix in LANGUAGES) if path.is_dir() else [path]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", nargs="+", help="files or folders of the project")
    parser.add_argument("--sample", type=int, default=40, help="how many faults are planted")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=60, help="no fault is planted after that time")
    parser.add_argument("--seconds", type=float, default=300, help="for the tests of one fault")
    parser.add_argument("--slow", action="store_true", help="run the tests marked slow as well")
    options = parser.parse_args()
    start, found = time.monotonic(), list[tuple[str, Mutant]]()
    with tempfile.TemporaryDirectory(prefix="edgeq-mutate-") as name:
        folder = Path(name)
        for part in COPIED:
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, folder / part)
        mutants = list(draw(sources(options.sources), options.sample, options.seed))
        if broken := fails_before((m.path for m in mutants), folder, options.slow, options.seconds):
            sys.exit(f"error: these tests fail before a fault is planted: {', '.join(broken)}")
        for mutant in mutants:
            if time.monotonic() - start > 60 * options.minutes:
                break
            found.append((judge(mutant, folder, options.slow, options.seconds), mutant))
            print(f"{found[-1][0]:9}  {mutant.path}:{mutant.line}  {mutant.after}", flush=True)
    report(found)


def report(found: list[tuple[str, Mutant]]) -> None:
    """The score, and every mutant that was not killed."""
    count = {word: sum(w == word for w, _ in found) for word in ("killed", "timed out", "survived")}
    share = 100 * (len(found) - count["survived"]) / max(len(found), 1)
    print(f"\n{count['killed']} of {len(found)} killed, {count['timed out']} timed out: {share:.0f} %")
    for word, mutant in found:
        if word != "killed":
            print(f"{word}: {mutant.path}:{mutant.line} ({mutant.operator})\n- {mutant.before}\n+ {mutant.after}")


if __name__ == "__main__":
    main()
