"""The reference of the Python interface: whole, without warnings, and with links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from api_reference import build, page, pages, public, public_types, undocumented

import edgeq
from edgeq.verify.result import TargetResult, VerifyResult

pytestmark = pytest.mark.slow  # renders all pages


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("api")
    build(made)
    return made


def anchors(path: Path) -> set[str]:
    return set(re.findall(r'id="([^"]+)"', path.read_text()))


def test_every_public_name_is_on_the_first_page(folder: Path) -> None:
    assert set(edgeq.__all__) <= anchors(folder / "edgeq.html")
    assert "edgeq.html" in (folder / "index.html").read_text()


def test_a_function_is_shown_with_its_signature_and_docstring(folder: Path) -> None:
    text = re.sub(r"<[^>]+>", "", (folder / "edgeq.html").read_text())
    for name in ("convert", "simulate", "verify"):
        summary = (public()[name].__doc__ or "").splitlines()[0].rstrip(".")
        assert summary.split("`")[0].strip() in text
    assert re.search(r"strict:\s*bool\s*=\s*False", text)


def test_results_are_on_pages_of_their_own(folder: Path) -> None:
    found = public_types([public()["verify"]])
    assert {VerifyResult, TargetResult} <= set(found)
    shown = anchors(folder / "edgeq/verify/result.html")
    assert {"VerifyResult", "TargetResult", "VerifyResult.targets"} <= shown


def test_links_lead_somewhere(folder: Path) -> None:
    known = {path.resolve(): anchors(path) for path in folder.rglob("*.html")}
    lost = []
    for path in known:
        for link in re.findall(r'href="([^"$:]+)"', path.read_text()):
            name, _, anchor = link.partition("#")
            there = (path.parent / name).resolve() if name else path
            if there not in known or (anchor and anchor not in known[there]):
                lost.append(f"{path}: {link}")
    assert lost == []


def test_a_public_name_without_a_docstring_stops_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    assert undocumented({"verify": public()["verify"]}) == []
    monkeypatch.setattr(public()["verify"], "__doc__", None)
    with pytest.raises(ValueError, match=r"public names without a docstring: edgeq\.verify"):
        pages()


def test_a_page_has_its_members_alone() -> None:
    made = page("edgeq.verify.result", "Results.", {"VerifyResult": VerifyResult})
    assert list(made.members) == ["VerifyResult"]
