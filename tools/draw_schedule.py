"""Draws the fused pipelines of a model: where their buffers lie, and every firing with the line
buffers as it leaves them.

    python tools/draw_schedule.py MODEL.tflite

docs/schedule.md shows what it draws of two layers.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from edgeq.errors import shown
from edgeq.graph import read_tflite
from edgeq.plan import Firing, Pipeline, Plan, Program, lower, plan_arena

WIDTH = 64  # characters for the arena


def draw(program: Program, plan: Plan, pipeline: Pipeline) -> str:
    """Both drawings of one pipeline, as text."""
    places = draw_places(program, plan, pipeline)
    return "\n".join([*places, "", *draw_firings(program, pipeline)]) + "\n"


def draw_places(program: Program, plan: Plan, pipeline: Pipeline) -> Iterator[str]:
    """A line for each tensor and for scratch: the bytes of the arena that it takes."""
    tensors, blocks = program.graph.tensors, dict[tuple[int, int], str]()
    for t, lines in pipeline.line_buffers.items():
        name = shown(tensors[t].name, 20)
        place = (plan.offsets[t], lines.nbytes)
        what = f"{lines.rows} rows of {name}" if lines.place is None else f"{name}, whole"
        if lines.taken is not None:
            what = f"a row of {name}, over one that was read"
        blocks[place] = f"{blocks[place]}; {what}" if place in blocks else what
    for k, kernel in zip(pipeline.steps, pipeline.kernels, strict=True):
        if kernel.call.scratch_bytes:
            start, most = plan.scratch[k], pipeline.memory_bytes - pipeline.scratch_start
            blocks[start, most] = "scratch of the stage that fires"
    yield f"arena, {plan.arena_bytes} bytes, while steps {pipeline.first} to {pipeline.last} run"
    for (start, nbytes), what in sorted(blocks.items()):
        low = start * WIDTH // plan.arena_bytes
        high = max(-(-(start + nbytes) * WIDTH // plan.arena_bytes), low + 1)
        bar = " " * low + "#" * (high - low)
        yield f"|{bar:<{WIDTH}}| {start}..{start + nbytes - 1}  {what}"


def draw_firings(program: Program, pipeline: Pipeline) -> Iterator[str]:
    """A line for each firing: what it computes and reads, and the rows that every line buffer holds
    behind it.
    """
    tensors, buffers = program.graph.tensors, pipeline.line_buffers
    held = {t: [" -"] * lines.rows for t, lines in buffers.items() if lines.place is None}
    heads = {t: shown(tensors[t].name, 20) for t in held}
    widths = {t: max(3 * len(held[t]), len(heads[t])) for t in held}
    yield "firing  stage  computes    reads       rows in lines 0, 1, ... of"
    yield " " * 39 + "   ".join(f"{heads[t]:<{widths[t]}}" for t in held).rstrip()
    for number, firing in enumerate(pipeline.firings):
        _fire(program, pipeline, firing, held)
        reads = pipeline.kernels[firing.stage].reads(firing.span)
        left = f"{number:>6}  {firing.stage:>5}  {_rows(*firing.span):<10}  {_rows(*reads):<10}"
        right = "   ".join(f"{' '.join(held[t]):<{widths[t]}}" for t in held)
        yield f"{left} {right}".rstrip()


def _fire(program: Program, pipeline: Pipeline, firing: Firing, held: dict[int, list[str]]) -> None:
    (y,) = program.steps[pipeline.first + firing.stage].writes
    for row in range(firing.first, firing.end):
        if y in held:
            held[y][pipeline.line_buffers[y].line(row)] = f"{row:>2}"


def _rows(first: int, end: int) -> str:
    return f"row {first}" if end == first + 1 else f"rows {first}-{end - 1}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the drawings of all pipelines of a model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path)
    program = lower(read_tflite(parser.parse_args(arguments).model).main)
    plan = plan_arena(program)
    for pipeline in program.schedule.pipelines:
        print(draw(program, plan, pipeline))


if __name__ == "__main__":
    main()
