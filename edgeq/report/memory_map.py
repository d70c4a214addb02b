"""The arena over time: one row per step, bytes from left to right, every buffer labelled.

For the terminal with Rich, as SVG or PNG with Matplotlib, which is imported only there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from edgeq.errors import shown
from edgeq.opkit.kernel_call import View
from edgeq.plan import Plan, Program
from edgeq.report.picture import check_drawable, picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

BAR, LABELS = (
    48,
    22,
)  # columns of the terminal for the arena and for the step; with the sum they make 80
NAME = 38  # columns that the list of buffers leaves for a name
KEPT, WRITTEN, READ_OVER, SCRATCH, FREE = "░▒█▚ "
STYLES = {KEPT: "cyan", WRITTEN: "green", READ_OVER: "red", SCRATCH: "yellow"}


@dataclass(frozen=True)
class Block:
    """Bytes of the arena that hold a tensor (with its views), a line buffer, or scratch, from step
    `first` to step `last`.

    label: `t` and the tensor's index in the file, or `s` and the number of the step.
    """

    label: str
    name: str
    start: int
    nbytes: int
    first: int
    last: int
    scratch: bool = False

    @property
    def end(self) -> int:
        return self.start + self.nbytes


def memory_blocks(program: Program, plan: Plan) -> tuple[Block, ...]:
    """All buffers of a plan, ordered by their first step; views are part of their tensor's block."""
    views = {t for step in program.steps if isinstance(step.call, View) for t in step.writes}
    tensors = program.graph.tensors
    blocks = [
        Block(f"t{t}", shown(tensors[t].name), start, plan.held[t], *plan.lifetimes[t])
        for t, start in plan.offsets.items()
        if t not in views and plan.held[t]
    ]
    blocks += [
        Block(f"s{k}", f"scratch of step {k}", start, program.steps[k].scratch_bytes, k, k, True)
        for k, start in plan.scratch.items()
    ]
    return tuple(sorted(blocks, key=lambda b: (b.first, b.start, b.label)))


def row_names(program: Program) -> Mapping[int, str]:
    """Step -> label of its row: number and operator; -1 and the number of steps stand for before
    and after the inference.
    """
    steps = {k: f"{k:>3} {step.node.kind}" for k, step in enumerate(program.steps)}
    return {-1: "    before the start", **steps, len(program.steps): "    after the end"}


def terminal_map(program: Program, plan: Plan) -> Text:
    """The map for a terminal of 80 columns: the buffers alive at each step, then the list of
    buffers.
    """
    from rich.text import Text

    blocks, names = memory_blocks(program, plan), row_names(program)
    text = Text(
        f"{'step':<{LABELS}} 0{f'{plan.arena_bytes:,} bytes':>{BAR - 1}}    alive\n", style="bold"
    )
    for k, name in names.items():
        alive = [b for b in blocks if b.first <= k <= b.last]
        text.append(f"{name:<{LABELS}.{LABELS}} ", style="default not bold")
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


def occupied(alive: Sequence[Block]) -> int:
    """Bytes covered by blocks; bytes that two blocks share count once."""
    total = reached = 0
    for b in sorted(alive, key=lambda b: b.start):
        total += max(b.end - max(b.start, reached), 0)
        reached = max(reached, b.end)
    return total


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
    names = row_names(program)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        for number, block in enumerate(memory_blocks(program, plan)):
            _draw_block(axes, block, number)
            _label_block(axes, block, plan.arena_bytes)
        _label_axes(axes, names, plan, title)

    return picture(draw, 1.6 + 0.3 * len(names), kind)


def _draw_block(axes: Any, block: Block, number: int) -> None:
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    height, colour = block.last - block.first + 1, colormaps["tab20"](number % 20)
    hatch = "///" if block.scratch else None
    axes.add_patch(
        Rectangle(
            (block.start, block.first - 0.5),
            block.nbytes,
            height,
            facecolor=colour,
            alpha=0.75,
            edgecolor="black",
            linewidth=0.6,
            hatch=hatch,
        )
    )


def _label_block(axes: Any, block: Block, arena_bytes: int) -> None:
    """Draws the label in its block, or next to a narrow one, on the side with more space."""
    narrow, left = block.nbytes < 0.06 * arena_bytes, block.end < 0.9 * arena_bytes
    x = block.start + block.nbytes / 2
    if narrow:
        x = block.end + 0.003 * arena_bytes if left else block.start - 0.003 * arena_bytes
    axes.text(
        x,
        (block.first + block.last) / 2,
        f"{block.label}: {block.nbytes:,}",
        fontsize=6,
        va="center",
        ha="center" if not narrow else "left" if left else "right",
        clip_on=True,
        parse_math=False,
    )


def _label_axes(axes: Any, names: Mapping[int, str], plan: Plan, title: str) -> None:
    axes.set_xlim(0, max(plan.arena_bytes, 1))
    axes.set_ylim(max(names) + 0.5, min(names) - 0.5)
    axes.set_yticks(list(names), labels=[name.strip() for name in names.values()], fontsize=7)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_xlabel(f"byte of the arena ({plan.arena_bytes:,} in all)")
    axes.set_title(shown(title), fontsize=9, parse_math=False)
