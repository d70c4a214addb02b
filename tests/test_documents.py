"""Links of the documents lead somewhere, and the changelog has the form that tools read."""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest
import typer

from edgeq.cli import build_app

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.M)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def broken(page: Path, text: str) -> list[str]:
    """The relative links of a page's text that lead to no file or heading."""
    wrong = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        lost = anchor and there.suffix == ".md" and there.is_file() and anchor not in anchors(there)
        if ":" not in target and (not there.exists() or lost):
            wrong.append(target)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    assert broken(page, text) == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    text = "[a](README.md) [b](docs/none.md) [c](README.md#operators) [d](README.md#none) [e](x:y)"
    assert broken(ROOT / "README.md", text) == ["docs/none.md", "README.md#none"]


def unknown_files(text: str) -> list[str]:
    """The files of edgeq that a text names in backticks, by a path with a folder, and that are not
    there.
    """
    named = re.findall(r"`((?:[\w.]+/)+\w+\.(?:py|c|h|j2|md))`", text)
    places = ("", "edgeq", "firmware_templates", "firmware_templates/native", "tests")
    return [name for name in named if not any((ROOT / at / name).is_file() for at in places)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_files_that_a_page_names_are_there(page: Path) -> None:
    examples = re.findall(r"^New file `([^`]+)`", page.read_text(), re.M)
    foreign = re.compile("layout.yaml|main/|src/|.*NAME")  # of projects that are generated
    lost = [
        name
        for name in unknown_files(page.read_text())
        if name not in examples and not foreign.match(name)
    ]
    assert lost == []


def test_a_file_that_is_not_there_is_found() -> None:
    text = "`opkit/none.py` `opkit/packed.py` `native/common/float32.h` `none.py` and opkit/no.py"
    assert unknown_files(text) == ["opkit/none.py"]


@functools.cache
def options_of_commands() -> dict[str, set[str]]:
    """Command, of a group as `data features`, -> the options that it takes."""
    app = typer.main.get_command(build_app())
    assert hasattr(app, "commands")
    found = {}
    for name, command in app.commands.items():
        for below, each in getattr(command, "commands", {"": command}).items():
            options = {option for p in each.params for option in (*p.opts, *p.secondary_opts)}
            found[f"{name} {below}".strip()] = options
    return found


def unknown_options(text: str) -> list[str]:
    """Commands `edgeq ...` of a text, in backticks or in lines of code, that do not exist, and the
    options that they do not take.
    """
    spans = re.findall(r"`((?:uvx )?edgeq [^`]+)`", text) + re.findall(
        r"^(?: {4}|\$ | {4}\$ )(edgeq [a-z]+ .*)$", text, re.M
    )
    known, wrong = options_of_commands(), []
    for span in spans:
        name, *rest = re.sub(r"\s+#.*| && .*|\\\n", "", span).partition("edgeq ")[2].split()
        if rest and f"{name} {rest[0]}" in known:
            name = f"{name} {rest.pop(0)}"
        if name not in known and name.isalpha() and name.islower():
            wrong.append(span)
        options = [part.strip(",[]();.").partition("=")[0] for part in rest]
        wrong += [f"{name} {o}" for o in options if o.startswith("-") and o != "-"
                  and o not in {*known.get(name, ()), "--help"} and name in known]  # fmt: skip
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_that_a_page_names_exist(page: Path) -> None:
    assert unknown_options(page.read_text()) == []


def test_a_command_that_does_not_exist_is_found() -> None:
    text = "`edgeq convert m.keras --none` `edgeq nothing x` `edgeq data nothing`\n\n"
    text += "    $ edgeq fit x --board y --nor\n    $ edgeq data features x --hop 2 --nor\n"
    found = [
        "convert --none",
        "edgeq nothing x",
        "edgeq data nothing",
        "fit --nor",
        "data features --nor",
    ]
    assert sorted(unknown_options(text)) == sorted(found)


def test_commands_of_make_that_pages_name_have_rules() -> None:
    rules = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))
    commands = re.compile(r"(?:`|^ {4})make ([a-z]+)\b", re.M)
    named = {name for page in PAGES for name in commands.findall(page.read_text())}
    assert {"check", "docs", "test"} <= named <= rules


def test_the_changelog_is_kept() -> None:
    """Keep a Changelog: unreleased changes first, then versions with their dates, newest first."""
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[([^]]+)\](?: - (\d{4}-\d\d-\d\d))?$", text, re.M)
    assert versions[0] == ("Unreleased", "")
    assert all(date for _, date in versions[1:])
    released = [tuple(map(int, version.split("."))) for version, _ in versions[1:]]
    assert released == sorted(released, reverse=True)
    (current,) = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.M)
    assert current in dict(versions)
    kinds = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert set(re.findall(r"^### (.*)$", text, re.M)) <= kinds
