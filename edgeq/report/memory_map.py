"""The arena over time: one row per step, bytes from left to right, every buffer labelled.

For the terminal with Rich, as SVG or PNG with Matplotlib, which is imported only there.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from edgeq.errors import shown
from edgeq.plan import Plan, Program
from edgeq.report.arena_rows import GAP, LABELS, LANE, MARGIN, WIDTH, Row, arena_rows
from edgeq.report.memory_blocks import Block, memory_blocks, occupied, row_names
from edgeq.report.picture import WIDTH as WIDTH_INCHES
from edgeq.report.picture import check_drawable, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from rich.text import Text

BAR, NAMES = (
    48,
    22,
)  # columns of the terminal for the arena and for the step; with the sum they make 80
HEAD = 24.0  # pixels above the rows of the picture
NAME = 38  # columns that the list of buffers leaves for a name
KEPT, WRITTEN, READ_OVER, SCRATCH, FREE = "░▒█▚ "
STYLES = {KEPT: "cyan", WRITTEN: "green", READ_OVER: "red", SCRATCH: "yellow"}


def terminal_map(program: Program, plan: Plan) -> Text:
    """The map for a terminal of 80 columns: the buffers alive at each step, then the list of
    buffers.
    """
    from rich.text import Text

    blocks, names = memory_blocks(program, plan), row_names(program)
    text = Text(
        f"{'step':<{NAMES}} 0{f'{plan.arena_bytes:,} bytes':>{BAR - 1}}    alive\n", style="bold"
    )
    for k, name in names.items():
        alive = [b for b in blocks if b.first <= k <= b.last]
        text.append(f"{name:<{NAMES}.{NAMES}} ", style="default not bold")
        text.append_text(_bar(alive, k, plan.arena_bytes))
        text.append(f" {occupied(alive):>8,}\n", style="default not bold")
    text.append(
        f"\n{KEPT} kept or read  {WRITTEN} written  {READ_OVER} read and overwritten  {SCRATCH} scratch\n\n",
        style="default not bold",
    )
    text.append(f"{'buffer':<8}{'bytes':>10}{'at':>10}   {'steps':<10} tensor\n")
    for b in blocks:
        row = f"{b.label:<8}{b.nbytes:>10,}{b.start:>10,}   {f'{b.first}..{b.last}':<10} {shown(b.name, NAME)}\n"
        text.append(row, style="default not bold")
    return text


def _bar(alive: Sequence[Block], step: int, arena_bytes: int) -> Text:
    """One row of the arena, with labels in the blocks that are wide enough."""
    from rich.text import Text

    cells, marks = [FREE] * BAR, [""] * BAR
    for b in alive:
        fill = SCRATCH if b.scratch else WRITTEN if b.first == step else KEPT
        _paint(cells, fill, b.start, b.end, arena_bytes)
    for a, b in combinations(alive, 2):
        if max(a.start, b.start) < min(a.end, b.end):
            _paint(cells, READ_OVER, max(a.start, b.start), min(a.end, b.end), arena_bytes)
    for b in sorted(alive, key=lambda b: b.nbytes):
        at = _label_column(b, arena_bytes, cells, marks)
        if at is not None:
            marks[at : at + len(b.label)] = b.label
    bar = Text()
    for cell, mark in zip(cells, marks, strict=True):
        bar.append(
            mark or cell, style=f"{STYLES.get(cell, 'default')} {'bold' if mark else 'not bold'}"
        )
    return bar


def _label_column(
    block: Block, arena_bytes: int, cells: Sequence[str], marks: Sequence[str]
) -> int | None:
    """The column of a label: in the middle of its block, else in free columns behind or before it;
    None if it fits nowhere.
    """
    low, high = _columns(block.start, block.end, arena_bytes)
    length = len(block.label)
    inside = [c for c in range(low, high - length + 1) if not any(marks[c : c + length])]
    if inside:
        return inside[len(inside) // 2]
    beside = [
        c for c in (high, low - length) if 0 <= c <= BAR - length and not any(marks[c : c + length])
    ]
    return next((c for c in beside if set(cells[c : c + length]) == {FREE}), None)


def _paint(cells: list[str], fill: str, start: int, end: int, arena_bytes: int) -> None:
    low, high = _columns(start, end, arena_bytes)
    cells[low:high] = fill * (high - low)


def _columns(start: int, end: int, arena_bytes: int) -> tuple[int, int]:
    low = min(start * BAR // arena_bytes, BAR - 1)
    return low, max(-(-end * BAR // arena_bytes), low + 1)


def draw_map(program: Program, plan: Plan, title: str, kind: str) -> bytes:
    """The map as a picture; deterministic for a given plan and Matplotlib version.

    kind: one of `picture.FORMATS`.

    Raises EdgeqError for other kinds, or without Matplotlib.
    """
    check_drawable("memory map", kind)
    drawn = arena_rows(memory_blocks(program, plan), row_names(program), plan.arena_bytes, 20)

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        axes.set_xlim(-MARGIN, WIDTH + MARGIN)
        axes.set_ylim(drawn.height + MARGIN, -HEAD)
        _write(axes, 0, -HEAD / 2, shown(title), size=9)
        _write(axes, WIDTH, -HEAD / 2, f"{plan.arena_bytes:,} bytes of arena", right=True)
        for row in drawn.rows:
            _draw_row(axes, row)

    return picture(draw, (drawn.height + MARGIN + HEAD) * WIDTH_INCHES / (WIDTH + 2 * MARGIN), kind)


def _draw_row(axes: Axes, row: Row) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    middle = row.y + row.height / 2
    _write(axes, 0, middle, row.name.strip())
    _write(axes, WIDTH, middle, f"{row.alive:,}", right=True)
    for box in row.boxes:
        y = row.y + box.lane * (LANE + GAP)
        axes.add_patch(
            Rectangle(
                (LABELS + box.x, y),
                box.width,
                LANE,
                facecolor=colormaps["tab20"](box.colour),
                alpha=0.75,
                edgecolor="black",
                linewidth=1.2 if box.written else 0.4,
                linestyle="--" if box.block.scratch else "-",
            )
        )
        _write(axes, LABELS + box.label_x, y + LANE / 2, box.label)


def _write(axes: Axes, x: float, y: float, text: str, size: int = 6, right: bool = False) -> None:
    axes.text(
        x,
        y,
        text,
        fontsize=size,
        va="center",
        ha="right" if right else "left",
        clip_on=True,
        parse_math=False,
    )
