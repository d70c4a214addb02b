"""The page in headless Chromium: drawn without a complaint, and no wider than a phone or a window."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np
import pytest
from headless_browser import chromium, console
from PIL import Image
from report.pages import contents, hostile_page

from edgeq.report.render import render_page

MEASURE = """<!DOCTYPE html><meta charset="utf-8"><body><script>
addEventListener("load", () => {
  const said = [...document.querySelectorAll("iframe")].map(frame => {
    const root = frame.contentDocument.documentElement;
    return frame.dataset.width + ":" + root.scrollWidth + ":" + root.scrollHeight;
  });
  document.body.dataset.measured = said.join(" ");
});
</script>"""


@pytest.mark.slow
@pytest.mark.parametrize("names", ["plain", "hostile"])
def test_nothing_is_wider_than_the_window(tmp_path: Path, names: str) -> None:
    page = hostile_page() if names == "hostile" else render_page(contents(("plain",)))
    frames = "".join(
        f'<iframe data-width="{width}" style="width:{width}px;height:900px;border:0" '
        f'srcdoc="{html.escape(page)}"></iframe>'
        for width in (360, 390, 1280)
    )
    (tmp_path / "measure.html").write_text(MEASURE + frames)
    done = chromium(tmp_path, "--dump-dom", f"file://{tmp_path / 'measure.html'}")
    (measured,) = re.findall(r'data-measured="([^"]+)"', done.stdout)
    for frame in measured.split():
        window, width, height = map(int, frame.split(":"))
        assert width <= window
        assert height > 900
    assert console(done) == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_drawn_without_a_complaint(tmp_path: Path, width: int) -> None:
    (tmp_path / "report.html").write_text(hostile_page())
    shot = tmp_path / "shot.png"
    done = chromium(
        tmp_path,
        f"--window-size={width},2000",
        f"--screenshot={shot}",
        f"file://{tmp_path / 'report.html'}",
    )
    assert console(done) == []
    with Image.open(shot) as picture:
        assert picture.size == (width, 2000)
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    background = (pixels == pixels[0]).all(axis=1).mean()
    assert 0.5 < background < 0.99, "the page is empty, or has no paper"


@pytest.mark.slow
def test_a_complaint_and_too_wide_a_page_are_found(tmp_path: Path) -> None:
    wide = '<img src="https://example.org/x.png"><div style="width:2000px">wide</div>'
    frame = f'<iframe data-width="390" style="width:390px" srcdoc="{html.escape(wide)}"></iframe>'
    (tmp_path / "measure.html").write_text(MEASURE + frame + "<script>console.error('no')</script>")
    done = chromium(tmp_path, "--dump-dom", f"file://{tmp_path / 'measure.html'}")
    assert "390:2008" in done.stdout
    assert any("no" in line for line in console(done))
