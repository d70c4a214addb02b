"""`edgeq inspect`: graph, shapes, multiply-accumulates, weights and memory of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.options import Debug, FeedRows, Json, KeepDead, MaxExtraMacs, ModelPath, Quiet
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.graph import Model

MemoryMap = Annotated[
    bool,
    typer.Option("--memory-map", help="Draw the arena over time, on the terminal or into FILE."),
]
Front = Annotated[
    bool,
    typer.Option("--front", help="What less arena costs in instructions, for --max-ram elsewhere."),
]
Tensors = Annotated[
    bool,
    typer.Option("--tensors", help="Each tensor's type, scale, zero point and real range."),
]
MapFile = Annotated[
    Path | None,
    typer.Argument(
        help="Where --memory-map draws: a .svg or .png file.", metavar="FILE", show_default=False
    ),
]


def inspect(
    model: ModelPath,
    file: MapFile = None,
    memory_map: MemoryMap = False,
    keep_dead_channels: KeepDead = False,
    feed_rows: FeedRows = False,
    front: Front = False,
    max_extra_macs: MaxExtraMacs = 0.0,
    tensors: Tensors = False,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Show a model's layers, what they compute and take. Shapes, multiply-accumulates, weights and
    the arena.
    """
    from edgeq.cli.inspect_tables import show, show_tensors
    from edgeq.cli.show import print_json
    from edgeq.graph import read_tflite
    from edgeq.inspection import inspect as look

    if file is not None and model.suffix.lower() in (".svg", ".png"):
        model, file = file, model  # `--memory-map FILE MODEL`
    if file is not None and not memory_map:
        raise EdgeqError(
            f"what to do with {file}?", "only --memory-map takes a second file", "add --memory-map"
        )
    if memory_map and (front or tensors):
        option = "--front" if front else "--tensors"
        raise EdgeqError(
            f"{option} with --memory-map", "a picture shows no tables", "give one of them"
        )
    if max_extra_macs and not front:
        raise EdgeqError(
            "--max-extra-macs without --front",
            "only the search for schedules takes it here",
            "add --front",
        )
    read = read_tflite(model)
    if memory_map:
        _draw(read, model, file, keep_dead_channels, feed_rows, quiet)
        if not json:
            return
    result = look(read, keep_dead_channels, feed_rows, front, max_extra_macs)
    if json:
        print_json(result)
    else:
        show(result, str(model))
        if tensors:
            show_tensors(result)


def _draw(
    model: Model,
    title: Path,
    file: Path | None,
    keep_dead_channels: bool,
    feed_rows: bool,
    quiet: bool,
) -> None:
    from rich.console import Console

    from edgeq.cleanup import clean_up
    from edgeq.cli.show import say
    from edgeq.dead_channels import leave_out
    from edgeq.files import write_whole
    from edgeq.plan import lower, plan_arena
    from edgeq.report.memory_map import draw_map, terminal_map

    graph = clean_up(model).model.main
    program = lower(graph if keep_dead_channels else leave_out(graph).graph, feed_rows)
    plan = plan_arena(program)
    if file is None:
        Console(width=100, highlight=False).print(terminal_map(program, plan), end="")
        return
    write_whole(file, draw_map(program, plan, title.stem, file.suffix.lower().lstrip(".")))
    say(f"wrote {file}", quiet)
