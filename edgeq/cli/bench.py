"""`edgeq bench`: instructions, flash, RAM and stack on emulated cores, beside TFLM's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.options import (
    Debug,
    FeedRows,
    Json,
    KeepDead,
    Kernels,
    MaxExtraMacs,
    MaxRam,
    ModelPath,
    Optimize,
    Quiet,
    Seed,
)

if TYPE_CHECKING:
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
Optimization = Annotated[
    str,
    typer.Option(
        "--optimization",
        help="The compiler's level: -O2, -Os, -O3, ...",
        autocompletion=completion.optimization_levels,
    ),
]
Samples = Annotated[
    int, typer.Option("--random", min=1, help="Random inputs to count and compare.")
]

MOST_COLUMNS = 4  # of layers side by side


def bench(
    model: ModelPath,
    target: Targets = [],
    board: BoardNames = [],
    compiler: Compilers = [],
    optimization: Optimization = "-O2",
    optimize: Optimize = "default",
    kernels: Kernels = None,
    keep_dead_channels: KeepDead = False,
    feed_rows: FeedRows = False,
    max_ram: MaxRam = None,
    max_extra_macs: MaxExtraMacs = 0.0,
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
    from edgeq.codegen.native import native_options
    from edgeq.verify.bench import bench as run
    from edgeq.verify.job import Settings

    with progress_bar(not (json or quiet)) as progress:
        tell = added_up(progress, lambda _: random)
        settings = Settings(
            None,
            optimization,
            native_options(
                optimize, kernels, keep_dead_channels, feed_rows, max_ram, max_extra_macs
            ),
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

    counted = [row for row in result.targets if row.result.status != "unavailable"]
    rows = [
        [
            row.result.name,
            row.compiler or "-",
            row.result.status,
            number(row.result.instructions_per_inference),
            _per_mac(row),
            *_ratios(row),
            number(row.result.code_bytes),
            number(row.result.model_bytes),
            number(row.result.arena_bytes),
            number(row.result.stack_bytes),
        ]
        for row in counted
    ]
    print_table(
        "",
        [
            "target",
            "compiler",
            "status",
            "instructions",
            "per MAC",
            "of TFLM",
            "of CMSIS-NN",
            "code",
            "constants",
            "arena",
            "stack",
        ],
        rows,
    )
    if 0 < len(counted) <= MOST_COLUMNS:
        _show_layers(counted)
    else:
        print_text("name up to four targets and compilers to see their layers")
    _show_cycles(counted)
    if result.source:
        print_text(f"{result.title}; baselines: {result.source}")
    for row in result.targets:
        for note in row.result.notes:
            print_text(f"{row.result.name} {row.compiler or ''}: {note}")
        if row.result.reason:
            print_text(f"{row.result.name}: {row.result.reason}")


def _per_mac(row: BenchRow) -> str:
    from edgeq.cli.show import number

    counted = row.result.instructions_per_inference
    return number(counted / row.macs, 2) if counted is not None and row.macs else "-"


def _ratios(row: BenchRow) -> tuple[str, str]:
    """Instructions as a multiple of the reference kernels' and of CMSIS-NN's."""
    from edgeq.cli.show import number

    known = {b.kernels: b.ratio for b in row.baselines}
    return number(known.get("reference"), 3), number(known.get("cmsis-nn"), 3)


def _show_cycles(rows: list[BenchRow]) -> None:
    """Cycles and milliseconds on the board, and what the cycles go into."""
    from edgeq.cli.show import number, print_table, print_text

    timed = [row for row in rows if row.milliseconds is not None and row.board is not None]
    for row in timed:
        cycles, board = row.result.cycles_per_inference or 1, row.board
        assert board is not None
        flash = "its flash included" if board.flash_timing else "flash taken as never waited for"
        print_text(
            f"{board.title}, {row.compiler or row.result.name}: {number(cycles)} cycles{_between(row)}, "
            f"{number(row.milliseconds, 2)} ms at {board.clock_hz / 1e6:g} MHz, {flash}"
        )
    causes = dict.fromkeys(cause for row in timed for cause in row.result.cycle_causes)
    if causes:
        lines = [
            [cause, *(_share(row.result.cycle_causes.get(cause, 0), row) for row in timed)]
            for cause in causes
        ]
        print_table("", ["cycles go into", *(row.compiler or "-" for row in timed)], lines)


def _between(row: BenchRow) -> str:
    """From how many to how many cycles, where the core's rules are not all public."""
    from edgeq.cli.show import number

    result, cycles = row.result, row.result.cycles_per_inference or 0
    if not result.fewer_cycles and not result.more_cycles:
        return ""
    return f" ({number(cycles - result.fewer_cycles)} to {number(cycles + result.more_cycles)})"


def _share(cycles: int, row: BenchRow) -> str:
    return f"{100 * cycles / (row.result.cycles_per_inference or 1):.1f} %"


def _show_layers(rows: list[BenchRow]) -> None:
    from edgeq.cli.show import number, print_table

    ran = [row for row in rows if row.result.layers]
    if not ran:
        return
    headers = [
        "layer",
        "operator",
        "MACs",
        *(f"{row.result.name} {row.compiler or ''}" for row in ran),
    ]
    lines = [
        [
            str(layer.index),
            layer.op,
            number(layer.macs),
            *(number(row.result.layers[k].instructions) for row in ran),
        ]
        for k, layer in enumerate(ran[0].result.layers)
    ]
    print_table("", headers, lines)
