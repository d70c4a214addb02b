"""The examples of CONTRIBUTING.md, followed to the letter in a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
GUIDE = CHECKOUT / "CONTRIBUTING.md"
COPIED = (
    "edgeq",
    "firmware_templates",
    "boards",
    "examples",
    "tests",
    "tools",
    "docs",
    "benchmarks",
)
FILES = ("pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE")

_BLOCK = re.compile(
    r"^(?:New file `(?P<new>[^`\n]+)`|In `(?P<old>[^`\n]+)`, below `(?P<below>[^`\n]+)`):\n\n"
    r"```\w*\n(?P<text>.*?)^```$",
    re.M | re.S,
)


@dataclass(frozen=True)
class Edit:
    """One edit that the guide asks for: a new file, or text below the one line of an existing file
    that has `below` in it.
    """

    path: str
    text: str
    below: str | None = None


def edits(section: str, guide: str | None = None) -> tuple[Edit, ...]:
    """The edits of the section `### <section>` of the guide, in their order."""
    text = GUIDE.read_text() if guide is None else guide
    found = re.search(rf"^### {re.escape(section)}\n(.*?)(?=^##|\Z)", text, re.M | re.S)
    assert found, f"CONTRIBUTING.md has no section {section!r}"
    made = tuple(
        Edit(m["new"] or m["old"], m["text"], m["below"]) for m in _BLOCK.finditer(found[1])
    )
    fences = len(re.findall(r"^```\w+$", found[1], re.M))
    assert len(made) == fences, f"{section}: {len(made)} of {fences} blocks say where they belong"
    return made


def copy_tree(folder: Path) -> Path:
    """A copy of what the checkout holds, in the new folder `tree` of `folder`."""
    tree = folder / "tree"
    ignored = shutil.ignore_patterns(".*_cache", "build", ".hypothesis")
    for name in COPIED:
        shutil.copytree(CHECKOUT / name, tree / name, ignore=ignored)
    for name in FILES:
        shutil.copy(CHECKOUT / name, tree / name)
    return tree


def apply(tree: Path, changes: Iterable[Edit]) -> None:
    """Makes the edits in a tree; a new file must not be there, a line to add below must be there
    once.
    """
    for change in changes:
        path = tree / change.path
        if change.below is None:
            assert not path.exists(), f"{change.path} is there: the guide needs another example"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(change.text)
            continue
        lines = path.read_text().splitlines(keepends=True)
        places = [k for k, line in enumerate(lines) if change.below in line]
        assert len(places) == 1, f"{change.path} has {len(places)} lines with {change.below!r}"
        lines.insert(places[0] + 1, change.text)
        path.write_text("".join(lines))


def contents(tree: Path) -> dict[str, bytes]:
    """Path -> bytes of every file of a tree but caches."""
    return {
        path.relative_to(tree).as_posix(): path.read_bytes()
        for path in tree.rglob("*")
        if path.is_file() and not any(part.endswith(("cache", "cache__")) for part in path.parts)
    }


def changed(tree: Path, before: dict[str, bytes]) -> set[str]:
    """The files of a tree that are not as they were, new and removed ones among them."""
    now = contents(tree)
    return {path for path in now.keys() | before.keys() if now.get(path) != before.get(path)}


def follow(section: str, folder: Path) -> tuple[Path, set[str]]:
    """A copy of the tree in which the guide's section was followed, and the files that it touched."""
    tree = copy_tree(folder)
    before = contents(tree)
    apply(tree, edits(section))
    return tree, changed(tree, before)


def python(
    tree: Path, *arguments: str, timeout: float = 300, statuses: Collection[int] = (0,)
) -> str:
    """Standard output of Python with the copy's edgeq, which must end with one of the statuses."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tree), str(tree / "tests"), str(tree / "tools")]),
        "EDGEQ_SHARED": str(CHECKOUT.parent / "shared"),
        "PYTHONDONTWRITEBYTECODE": "",  # else each start compiles all modules, which takes longest
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode in statuses, f"{' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run_tests(tree: Path, *tests: str) -> int:
    """How many tests of the copy passed; none may fail, and some must run."""
    said = python(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-x", *tests)
    passed = re.search(r"(\d+) passed", said)
    assert passed, said
    return int(passed[1])


def lint(tree: Path, paths: Iterable[str]) -> None:
    """The added Python is as the formatter, the linter and the type checker want it."""
    added = [path for path in paths if path.endswith(".py")]
    if added:
        python(tree, "-m", "ruff", "check", *added)
        python(tree, "-m", "ruff", "format", "--check", *added)
    modules = [path for path in added if path.startswith("edgeq/")]
    if modules:
        known = (
            CHECKOUT / ".mypy_cache"
        )  # what `make lint` has left: else all modules are read anew
        if known.is_dir():
            shutil.copytree(known, tree / known.name)
        python(tree, "-m", "mypy", *modules)


def examples() -> list[str]:
    """The headings of the guide's examples."""
    part = GUIDE.read_text().partition("\n## How to add\n")[2].split("\n## ")[0]
    return re.findall(r"^### (.*)$", part, re.M)
