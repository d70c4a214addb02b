"""What mkdocs does beyond its own for the site: pages from outside of docs/, and the Python reference.

Named by `hooks` in mkdocs.yml. Documents link to each other as they do on GitHub, relative to where
they lie in the repository; links that leave docs/ are rewritten to the file's place on the site.
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from api_reference import build
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent

LINK = re.compile(r"(\]\()([^)\s:#]+)((?:#[^)\s]*)?\))")
CODE = re.compile(r"(^ *```.*?^ *```|`[^`\n]*`)", re.M | re.S)
OUTSIDE = ("CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "LICENSE-EXCEPTION")
"""Files of the repository's root that are on the site."""


def place_of(path: str) -> str:
    """Where a file of the repository is on the site. path: relative to the repository's root."""
    place = path.removeprefix("docs/")
    return place if PurePosixPath(place).suffix else f"{place}.md"


def source_of(place: str) -> str:
    """The file of the repository, relative to its root, that a page of the site is made from."""
    inside = f"docs/{place}"
    return (
        inside
        if (ROOT / inside).is_file()
        else place.removesuffix(".md") + (".md" if (ROOT / place).is_file() else "")
    )


def rewritten(text: str, place: str) -> str:
    """The text of a page with links to files of the repository turned into links of the site."""
    folder = posixpath.dirname(source_of(place))

    def link(found: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, found[2]))
        if not (ROOT / target).is_file():
            return found[0]  # mkdocs says that it leads nowhere
        return (
            found[1] + os.path.relpath(place_of(target), posixpath.dirname(place) or ".") + found[3]
        )

    parts = CODE.split(text)  # every second one is code
    return "".join(part if k % 2 else LINK.sub(link, part) for k, part in enumerate(parts))


def linked_outside(text: str, path: str) -> list[str]:
    """Files outside of docs/ that a document links to. path: the document's, relative to the root."""
    targets = [
        posixpath.normpath(posixpath.join(posixpath.dirname(path), found[2]))
        for found in LINK.finditer(CODE.sub("", text))
    ]
    return [t for t in targets if not t.startswith(("docs/", "..")) and (ROOT / t).is_file()]


def in_nav(nav: Any) -> set[str]:
    """The paths that a navigation names."""
    if isinstance(nav, str):
        return {nav}
    parts = nav.values() if isinstance(nav, dict) else nav
    return set().union(*map(in_nav, parts)) if parts else set()


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Adds to the navigation's section Reference the pages of docs/ that no section names."""
    assert config.nav is not None
    pages = sorted(p.relative_to(ROOT / "docs").as_posix() for p in (ROOT / "docs").rglob("*.md"))
    (reference,) = (each["Reference"] for each in config.nav if "Reference" in each)
    reference += [page for page in pages if page not in in_nav(config.nav)]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the root's documents, files that pages link to, and the Python reference."""
    documents = [f"docs/{file.src_uri}" for file in files.documentation_pages()]
    linked = [t for path in documents for t in linked_outside((ROOT / path).read_text(), path)]
    for path in dict.fromkeys([*OUTSIDE, *linked]):
        text = (ROOT / path).read_text()
        shown = text if path.endswith(".md") or PurePosixPath(path).suffix else plain_page(text)
        files.append(File.generated(config, place_of(path), content=shown))
    for place, text in reference_pages().items():
        files.append(File.generated(config, f"api/{place}", content=text))
    return files


def plain_page(text: str) -> str:
    """A page of a text that is no Markdown; its first line is the heading."""
    title, _, rest = text.strip().partition("\n")
    return f"# {title.strip()}\n\n```text\n{rest.strip()}\n```\n"


def reference_pages() -> dict[str, str]:
    """Path below api/ -> the text of a page of the Python reference, with a link to the site's start."""
    texts = {}
    with tempfile.TemporaryDirectory() as folder:
        for path in build(Path(folder)):
            place = path.relative_to(folder).as_posix()
            home = "../" * (place.count("/") + 1) + "index.html"
            link = f'<a class="pdoc-button" href="{home}">edgeq, all documents</a>'
            text = path.read_text(encoding="utf-8")
            texts[place] = text.replace('<nav class="pdoc">', f'<nav class="pdoc">{link}', 1)
    return texts


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    return rewritten(markdown, page.file.src_uri)
