"""Draws the packages of edgeq and their imports into docs/architecture.svg.

python tools/architecture_drawing.py [--check]

An arrow leads from a package to one that it imports; where a longer way leads there too, it is left
out. Packages that do not reach `graph` may be used by all and stand in the box at the bottom.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

from layered_layout import Arrows, Layout, place, reachable, reduced
from package_imports import package_imports

DRAWING = Path(__file__).resolve().parent.parent / "docs" / "architecture.svg"

CENTRE = "graph"  # what the data that flows is made of
TITLES = {"__init__": "import edgeq", "cli": "edgeq (command line)"}
"""What stands in a box where that is not the package's name."""
LEFT_OUT = {"__main__"}  # `python -m edgeq` is the command line

CHARACTER, LINE, BOX, STEP, MARGIN = 8.4, 20, 34, 74, 24
"""Pixels: a character's width, a line's height, a box's height, from layer to layer, the border."""

STYLE = """
  text { font: 14px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; }
  rect { fill: #f6f8fa; stroke: #57606a; rx: 5px; }
  .page { fill: #ffffff; stroke: none; }
  .interface { fill: #ddf4ff; stroke: #0969da; }
  .foundation { fill: #fff8c5; stroke: #9a6700; }
  path { fill: none; stroke: #57606a; }
  marker path { fill: #57606a; stroke: none; }
"""


def title(package: str) -> str:
    """What stands in the box of a package: its name, or what TITLES says."""
    return TITLES.get(package, package)


def width(package: str) -> float:
    """The width of a package's box in pixels."""
    return len(title(package)) * CHARACTER + 24


def foundation(imports: Arrows) -> list[str]:
    """The packages that know nothing of the graph, so that all others may use them."""
    return [p for p in sorted(imports) if p != CENTRE and CENTRE not in reachable(imports, p)]


def flow(imports: Arrows) -> Arrows:
    """The packages that are drawn as boxes of their own, each with those that its arrows lead to."""
    below = {*foundation(imports), *LEFT_OUT}
    return reduced({p: names - below for p, names in imports.items() if p not in below})


def draw(imports: Arrows) -> str:
    """The drawing as SVG text; equal imports give equal text."""
    arrows = flow(imports)
    layout = place(arrows, width)
    left = min(layout.x[p] - width(p) / 2 for p in arrows)
    x = {name: round(centre - left) + MARGIN for name, centre in layout.x.items()}
    right = max(x[p] + width(p) / 2 for p in arrows)
    top = len(layout.layers) - 1
    y = {
        name: MARGIN + (top - k) * STEP + BOX // 2
        for k, layer in enumerate(layout.layers)
        for name in layer
    }
    page = round(max(right, max(x.values()))) + MARGIN
    shared, height = _shared_box(foundation(imports), page, max(y.values()) + STEP - BOX // 2)
    called = {head for heads in arrows.values() for head in heads}
    body = [
        *_arrows(layout, x, y),
        *(_box(p, x[p], y[p], "" if p in called else "interface") for p in sorted(arrows)),
        *shared,
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {page} {height}" '
            f'width="{page}" height="{height}" role="img">',
            "<title>The packages of edgeq: an arrow leads to what is imported</title>",
            f"<style>{STYLE}</style>",
            '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z"/></marker>',
            '<rect class="page" width="100%" height="100%"/>',
            *body,
            "</svg>",
            "",
        ]
    )


def _box(package: str, x: int, y: int, kind: str) -> str:
    wide = round(width(package))
    style = f' class="{kind}"' if kind else ""
    return (
        f'<rect{style} x="{x - wide // 2}" y="{y - BOX // 2}" width="{wide}" height="{BOX}"/>'
        f'<text x="{x}" y="{y + 5}" text-anchor="middle">{escape(title(package))}</text>'
    )


def _arrows(layout: Layout, x: Mapping[str, int], y: Mapping[str, int]) -> Iterator[str]:
    """The arrows as SVG paths, one each: curves between layers, straight lines past the boxes of a
    layer.
    """
    for (_tail, head), route in layout.routes.items():
        points = [(x[name], y[name]) for name in route]
        path = [f"M{points[0][0]} {points[0][1] + BOX // 2}"]
        for (x0, y0), (x1, y1) in pairwise(points):
            start, end, half = y0 + BOX // 2, y1 - BOX // 2, (STEP - BOX) // 2
            path.append(f"C{x0} {start + half} {x1} {end - half} {x1} {end}")
            if (x1, y1) != (x[head], y[head]):
                path.append(f"V{y1 + BOX // 2}")
        yield f'<path marker-end="url(#head)" d="{"".join(path)}"/>'


def _shared_box(packages: list[str], page: int, y: int) -> tuple[list[str], int]:
    """The box of packages that all may use, below the others, and the height of the page."""
    wide = page - 2 * MARGIN
    lines = [""]
    for package in packages:
        longer = f"{lines[-1]}   {package}".strip()
        if len(longer) * CHARACTER > wide - 24:
            lines.append(package)
        else:
            lines[-1] = longer
    high = (len(lines) + 1) * LINE + 14
    texts = ["used by all of them:", *lines]
    drawn = [
        f'<rect class="foundation" x="{MARGIN}" y="{y}" width="{wide}" height="{high}"/>',
        *(
            f'<text xml:space="preserve" x="{MARGIN + 12}" y="{y + 22 + k * LINE}">{escape(text)}</text>'
            for k, text in enumerate(texts)
        ),
    ]
    return drawn, y + high + MARGIN


def main() -> int:
    new = draw(package_imports())
    if "--check" in sys.argv:
        return 0 if DRAWING.is_file() and DRAWING.read_text() == new else 1
    DRAWING.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
