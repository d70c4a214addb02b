"""The arena over time as rows of boxes: a row for each step, and lanes in it, so that neither boxes
nor their labels lie over each other.

Bytes of the arena run from left to right. Buffers that share bytes at a step, such as an output that is
written over its input, get lanes of their own, one above the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeq.report.memory_blocks import Block, occupied

LABELS, ARENA, ALIVE = 190.0, 560.0, 80.0
"""Widths in pixels: of the steps' names, of the arena, and of the bytes that are alive."""
WIDTH = LABELS + ARENA + ALIVE
LANE, GAP, BETWEEN = 15.0, 2.0, 7.0  # heights: of a lane, below it, and between two rows
CHARACTER, MARGIN = 6.1, 4.0  # width of a character of 11 pixels, and around a label
LONGEST = 40  # characters of a label
MOST_ROWS = 120


@dataclass(frozen=True)
class Box:
    """A buffer in a row. x, width: of its bytes; lane: from above, from 0; label_x: where the label begins.

    outside: the label stands beside the box, which is narrower. written: the step writes the buffer.
    colour: the number of its colour.
    """

    block: Block
    x: float
    width: float
    lane: int
    label: str
    label_x: float
    outside: bool
    written: bool
    colour: int


@dataclass(frozen=True)
class Row:
    """A step. y, height: in pixels; alive: bytes that buffers take at it."""

    name: str
    y: float
    height: float
    alive: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class ArenaRows:
    """The drawing. left_out: steps that are not drawn, those farthest from the peak."""

    rows: tuple[Row, ...]
    arena_bytes: int
    height: float
    left_out: int = 0


def arena_rows(
    blocks: Sequence[Block], steps: Mapping[int, str], arena_bytes: int, colours: int = 10
) -> ArenaRows:
    """Rows of all steps, or of MOST_ROWS around the one that takes most.

    steps: number of the step -> its name, in order. colours: how many there are.
    """
    shown = _around_peak(blocks, list(steps))
    colour = {block: number % colours for number, block in enumerate(blocks)}
    rows, y = list[Row](), 0.0
    for step in shown:
        alive = [b for b in blocks if b.first <= step <= b.last]
        boxes = _boxes(alive, step, arena_bytes, colour)
        lanes = max((box.lane for box in boxes), default=0) + 1
        height = lanes * (LANE + GAP)
        rows.append(Row(steps[step], y, height, occupied(alive), boxes))
        y += height + BETWEEN
    return ArenaRows(tuple(rows), arena_bytes, y, len(steps) - len(shown))


def _around_peak(blocks: Sequence[Block], steps: list[int]) -> list[int]:
    if len(steps) <= MOST_ROWS:
        return steps
    taken = [occupied([b for b in blocks if b.first <= step <= b.last]) for step in steps]
    peak = taken.index(max(taken))
    start = min(max(0, peak - MOST_ROWS // 2), len(steps) - MOST_ROWS)
    return steps[start : start + MOST_ROWS]


def _boxes(
    alive: Sequence[Block], step: int, arena_bytes: int, colour: Mapping[Block, int]
) -> tuple[Box, ...]:
    """The buffers of a step, each in the first lane that has room for box and label; those that are
    written first, so that they lie above what they overwrite.
    """
    lanes: list[list[tuple[float, float]]] = []
    boxes = []
    for block in sorted(alive, key=lambda b: (b.first != step, b.start)):
        x = ARENA * block.start / max(arena_bytes, 1)
        width = max(ARENA * block.nbytes / max(arena_bytes, 1), 1.5)
        label, label_x, outside = _label(block, step, x, width)
        end = label_x + CHARACTER * len(label) + MARGIN
        taken = (min(x, label_x), max(x + width, end) if outside else x + width)
        lane = next((k for k, spans in enumerate(lanes) if _free(spans, taken)), len(lanes))
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(taken)
        written = block.first == step
        boxes.append(Box(block, x, width, lane, label, label_x, outside, written, colour[block]))
    return tuple(boxes)


def _label(block: Block, step: int, x: float, width: float) -> tuple[str, float, bool]:
    """(text, where it begins, whether beside the box): the longest that the box has room for, else
    the longest that there is room for behind it, else the shortest before it.
    """
    texts = [f"{block.label} {block.nbytes:,}", block.label]
    whole = f"{block.label} {block.short_name}: {block.nbytes:,}"
    if len(whole) <= LONGEST:
        texts.insert(0, whole)
    inside = next((text for text in texts if _length(text) <= width), None)
    if inside is not None:
        return inside, x + MARGIN, False
    wanted = texts if block.first == step else texts[-1:]
    right = x + width + MARGIN
    behind = next((text for text in wanted if right + _length(text) <= ARENA), None)
    if behind is not None:
        return behind, right, True
    return block.label, x - _length(block.label), True


def _length(text: str) -> float:
    return CHARACTER * len(text) + 2 * MARGIN


def _free(spans: Sequence[tuple[float, float]], wanted: tuple[float, float]) -> bool:
    return all(wanted[1] <= low or high <= wanted[0] for low, high in spans)
