"""The documentation site: built without a warning, and every page fits a phone and a desktop."""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from headless_browser import chromium, console

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow  # builds the site

MEASURE = """<!DOCTYPE html><meta charset="utf-8"><body><script>
const said = [];
addEventListener("load", () => {
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument, root = page.documentElement;
    const headings = [...page.querySelectorAll("h1, h2, h3")].map(h => h.getBoundingClientRect());
    said.push([frame.dataset.page, +frame.dataset.width, root.scrollWidth,
               page.querySelectorAll("h1").length, root.scrollHeight,
               Math.round(Math.max(0, ...headings.map(h => h.right)))]);
  }
  document.body.dataset.measured = JSON.stringify(said);
});
</script>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The site's address on this machine."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def pages(site: Path) -> list[str]:
    """The pages of the site but those of the Python reference below the first."""
    found = sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html"))
    return [p for p in found if not p.startswith("api/edgeq/") and p != "404.html"]


def test_every_page_fits_a_phone_and_a_desktop(site: Path, served: str, tmp_path: Path) -> None:
    listed = pages(site)
    assert {"index.html", "guides/nano-33-ble.html", "api/edgeq.html"} <= set(listed)
    (site / "measure.html").write_text(
        MEASURE
        + "".join(
            f'<iframe data-page="{page}" data-width="{width}" src="{page}" '
            f'style="width:{width}px;height:900px;border:0"></iframe>'
            for page in listed
            for width in (390, 1280)
        )
    )
    done = chromium(tmp_path, "--dump-dom", f"{served}/measure.html")
    (measured,) = re.findall(r"data-measured=\"([^\"]+)\"", done.stdout)
    rows = json.loads(measured.replace("&quot;", '"'))
    assert len(rows) == 2 * len(listed)
    wrong = [
        row for row in rows if row[2] > row[1] or row[5] > row[1] or row[3] < 1 or row[4] < 300
    ]
    assert wrong == [], "page, window, width, headings, height, right edge of headings"
    assert console(done) == []


def test_every_document_is_in_the_navigation(site: Path) -> None:
    home = (site / "index.html").read_text()
    documents = [p.relative_to(ROOT / "docs") for p in (ROOT / "docs").rglob("*.md")]
    links = set(re.findall(r'href="([^"#]+)"', home))
    assert {d.with_suffix(".html").as_posix() for d in documents} - links - {"index.html"} == set()


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    """Links may lead elsewhere; what a browser loads by itself may not."""
    loads = re.compile(
        r"<(?:script|img|iframe|source)[^>]+src=[\"']?(?:https?:)?//[^\"' >]+"
        r"|<link[^>]+rel=[\"']?(?:stylesheet|preconnect|icon)[^>]+href=[\"']?https?://[^>]+"
    )
    found = [m for page in pages(site) for m in loads.findall((site / page).read_text())]
    assert found == []


@pytest.mark.parametrize("text", ["[x](none.md)", "[x](data.md#none)", "[x](../NONE.md)"])
def test_a_link_that_leads_nowhere_stops_the_build(text: str, tmp_path: Path) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Start\n\n{text}\n")
    (tmp_path / "docs" / "data.md").write_text("# Data\n")
    checks = load_config(str(ROOT / "mkdocs.yml"))["validation"]
    lone = {"config_file_path": str(tmp_path / "mkdocs.yml"), "docs_dir": str(tmp_path / "docs"),
            "site_dir": str(tmp_path / "site"), "site_name": "x", "plugins": [], "strict": True,
            "validation": checks}  # fmt: skip
    (tmp_path / "mkdocs.yml").write_text("site_name: x\n")
    with pytest.raises(Abort):
        build(load_config(**lone))
