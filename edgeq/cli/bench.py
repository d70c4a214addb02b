"""`edgeq bench`: instructions, flash, RAM and stack on emulated cores, beside TFLM's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.groups import with_groups
from edgeq.cli.native_choices import (
    DEFAULT_CODE,
    DEFAULT_MEMORY,
    CodeChoices,
    MemoryChoices,
    native_options,
)
from edgeq.cli.options import (
    Debug,
    Json,
    ModelPath,
    Optimization,
    Quiet,
    Seed,
)

if TYPE_CHECKING:
    from edgeq.verify import LayerResult
    from edgeq.verify.bench_result import BenchResult, BenchRow

Targets = Annotated[
    list[str],
    typer.Option(
        "--target",
        help="cortex-m4, ... or all (default); may be repeated.",
        autocompletion=completion.emulated_targets,
    ),
]
BoardNames = Annotated[
    list[str],
    typer.Option(
        "--board",
        help="In place of targets: cycles and milliseconds there; may be repeated.",
        autocompletion=completion.boards,
    ),
]
Compilers = Annotated[
    list[str], typer.Option("--compiler", help="gcc, zig, ...; all that are installed by default.")
]
Samples = Annotated[
    int, typer.Option("--random", min=1, help="Random inputs to count and compare.")
]

MOST_COLUMNS = 4  # of layers side by side


@with_groups
def bench(
    model: ModelPath,
    target: Targets = [],
    board: BoardNames = [],
    compiler: Compilers = [],
    optimization: Optimization = "-O2",
    code: CodeChoices = DEFAULT_CODE,
    memory: MemoryChoices = DEFAULT_MEMORY,
    random: Samples = 1,
    seed: Seed = 0,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Count instructions, flash, RAM and stack on emulated cores. Layer by layer, side by side with
    TFLM's.
    """
    from edgeq.cli.show import added_up, print_json, progress_bar
    from edgeq.verify.bench import bench as run
    from edgeq.verify.job import Settings

    with progress_bar(not (json or quiet)) as progress:
        tell = added_up(progress, lambda _: random)
        settings = Settings(
            None,
            optimization,
            native_options(code, memory),
            emulated_samples=random,
            progress=tell,
        )
        result = run(
            model,
            targets=target or ["all"],
            compilers=compiler,
            samples=random,
            seed=seed,
            settings=settings,
            strict=bool(board) or (bool(target) and "all" not in target),
            boards=board,
        )
    if json:
        print_json(result)
    else:
        show(result)
    raise typer.Exit(0 if result.ok else 1)


def show(result: BenchResult) -> None:
    """Targets as a table for people, their layers if they are few, and what went wrong."""
    from edgeq.cli.show import number, print_table, print_text
    from edgeq.cli.verify_tables import show_memory

    counted = [row for row in result.targets if row.result.status != "unavailable"]
    compared = ["of TFLM", "of CMSIS-NN"] if any(row.baselines for row in counted) else []
    rows = [
        [
            row.result.name,
            row.compiler or "-",
            row.result.status,
            number(row.result.instructions_per_inference),
            _per_mac(row),
            *(_ratios(row) if compared else ()),
        ]
        for row in counted
    ]
    headers = ["target", "compiler", "status", "instructions", "per MAC", *compared]
    print_table("", headers, rows)
    show_memory([(_name(row), row.result) for row in counted])
    timed = [row for row in counted if row.milliseconds is not None]
    if 0 < len(counted) <= MOST_COLUMNS:
        _show_layers(counted, timed)
    else:
        print_text("name up to four targets and compilers to see their layers")
    _show_cycles(timed)
    if result.source:
        print_text(f"{result.title}; baselines: {result.source}")
    for row in result.targets:
        for note in row.result.notes:
            print_text(f"{_name(row)}: {note}")
        if row.result.reason:
            print_text(f"{row.result.name}: {row.result.reason}")


def _name(row: BenchRow) -> str:
    """The target and the compiler, by which a row differs from the others."""
    return f"{row.result.name} {row.compiler or ''}".rstrip()


def _on_board(row: BenchRow) -> str:
    """The board and the compiler of a row that was asked for by its board."""
    assert row.board is not None
    return f"{row.board.name} {row.compiler or ''}".rstrip()


def _per_mac(row: BenchRow) -> str:
    from edgeq.cli.show import number

    counted = row.result.instructions_per_inference
    return number(counted / row.macs, 2) if counted is not None and row.macs else "-"


def _ratios(row: BenchRow) -> tuple[str, str]:
    """Instructions as a multiple of the reference kernels' and of CMSIS-NN's."""
    from edgeq.cli.show import number

    known = {b.kernels: b.ratio for b in row.baselines}
    return number(known.get("reference"), 3), number(known.get("cmsis-nn"), 3)


def _show_cycles(timed: list[BenchRow]) -> None:
    """Cycles and milliseconds on the board, and what the cycles go into."""
    from edgeq.boards import flash_basis
    from edgeq.cli.show import number, print_table, print_text

    for row in timed:
        cycles, board = row.result.cycles_per_inference or 1, row.board
        assert board is not None
        print_text(
            f"{board.title}, {row.compiler or row.result.name}: {number(cycles)} cycles{_between(row)}, "
            f"{number(row.milliseconds, 2)} ms at {board.clock_hz / 1e6:g} MHz, {flash_basis(board.flash_timing)}"
        )
    causes = dict.fromkeys(cause for row in timed for cause in row.result.cycle_causes)
    if causes:
        lines = [
            [cause, *(_share(row.result.cycle_causes.get(cause, 0), row) for row in timed)]
            for cause in causes
        ]
        print_table("", ["cycles go into", *map(_on_board, timed)], lines)


def _between(row: BenchRow) -> str:
    """From how many to how many cycles, where the core's rules are not all public."""
    from edgeq.cli.show import number

    result, cycles = row.result, row.result.cycles_per_inference or 0
    if not result.fewer_cycles and not result.more_cycles:
        return ""
    return f" ({number(cycles - result.fewer_cycles)} to {number(cycles + result.more_cycles)})"


def _share(cycles: int, row: BenchRow) -> str:
    return f"{100 * cycles / (row.result.cycles_per_inference or 1):.1f} %"


def _show_layers(rows: list[BenchRow], timed: list[BenchRow]) -> None:
    """Instructions of each layer, and cycles where a board's are known."""
    counted = {_name(row): row.result.layers for row in rows}
    priced = {_on_board(row): row.result.layers for row in timed}
    _print_layers("instructions", counted, lambda layer: layer.instructions)
    _print_layers("cycles", priced, lambda layer: layer.cycles)


def _print_layers(
    title: str,
    columns: Mapping[str, Sequence[LayerResult]],
    figure: Callable[[LayerResult], int | None],
) -> None:
    """A table of layers with a figure in each column that has layers; nothing where none has."""
    from edgeq.cli.show import number, print_table

    ran = {name: layers for name, layers in columns.items() if layers}
    lines = [
        [
            str(layer.index),
            layer.op,
            number(layer.macs),
            *(number(figure(one)) for one in (layer, *others)),
        ]
        for layer, *others in zip(*ran.values(), strict=True)
    ]
    if lines:
        print_table(title, ["layer", "operator", "MACs", *ran], lines)
