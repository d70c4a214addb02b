"""`edgeq boards`: the boards that edgeq knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.options import Debug, Json, Quiet

if TYPE_CHECKING:
    from edgeq.boards import Board, FlashTiming, RunCurrent

Name = Annotated[
    str | None,
    typer.Argument(
        help="Show one board whole.",
        metavar="NAME",
        show_default=False,
        autocompletion=completion.boards,
    ),
]


def boards(
    name: Name = None, json: Json = False, quiet: Quiet = False, debug: Debug = False
) -> None:
    """List the boards, or show one. Core, clock, memory, and the frameworks with their own names
    for it.
    """
    from edgeq.boards import BoardsResult, find_board, load_boards
    from edgeq.cli.show import number, print_json, print_table

    result = BoardsResult((find_board(name),) if name else load_boards())
    if json:
        print_json(result)
        return
    if name:
        show_board(result.boards[0])
        return
    rows = [
        [
            b.name,
            b.mcu,
            b.core,
            f"{b.clock_hz / 1e6:g}",
            number(b.flash_bytes // 1024),
            number(b.ram_bytes // 1024),
        ]
        for b in result.boards
    ]
    print_table("", ["board", "MCU", "core", "MHz", "flash KiB", "RAM KiB"], rows)
    takers: dict[tuple[str, ...], list[str]] = {}
    for name in sorted({name for b in result.boards for name in b.framework_names}):
        able = tuple(b.name for b in result.boards if name in b.framework_names)
        takers.setdefault(able, []).append(name)
    print_table(
        "",
        ["framework", "boards"],
        [
            [", ".join(names), "all" if len(able) == len(result.boards) else ", ".join(able)]
            for able, names in takers.items()
        ],
    )


def show_board(board: Board) -> None:
    """All that is known of a board: its chip, its memory, what each framework calls it, and the
    sources of that.
    """
    from edgeq.cli.show import number, print_table

    facts = [
        ["vendor", board.vendor],
        ["MCU", board.mcu],
        ["core", board.core],
        ["clock", f"{board.clock_hz / 1e6:g} MHz"],
        ["flash", f"{number(board.flash_bytes)} bytes"],
        [
            "RAM",
            f"{number(board.ram_bytes)} bytes, {number(board.contiguous_ram_bytes)} of them in one piece",
        ],
        ["FPU, DSP", f"{_yes(board.fpu)}, {_yes(board.dsp)}"],
        [
            "verified as",
            f"--target {board.emulated}" if board.emulated else "no emulator stands in for it",
        ],
        ["waits for flash", _flash(board)],
        ["run current", _current(board)],
        ["TFLM kernels", board.tflm_kernels or "TFLM does not run on it"],
    ]
    print_table(f"{board.name}: {board.title}", ["", ""], facts)
    if board.memory:
        regions = [[r.name, r.kind, number(r.bytes), r.note] for r in board.memory]
        print_table("", ["memory", "kind", "bytes", "note"], regions)
    for framework in board.framework_names:
        entry = board.framework_facts().get(framework, {})
        rows = [[key.replace("_", " "), _text(value)] for key, value in entry.items()]
        print_table(f"framework {framework}", ["", ""], rows or [["", "takes sources alone"]])
    print("sources")
    for source in board.sources:
        print(f"  {source}")


def _current(board: Board) -> str:
    current = board.run_current
    if current is None:
        return "not on file"
    return _sourced(f"{current.milliamperes:g} mA at {current.volts:g} V", current)


def _flash(board: Board) -> str:
    flash = board.flash_timing
    if flash is None:
        return "not on file"
    return _sourced(f"{flash.sector_cycles} cycles for {flash.sector_bytes} bytes", flash)


def _sourced(figures: str, fact: RunCurrent | FlashTiming) -> str:
    """Figures with what they rest on, and their document."""
    return f"{figures}, {fact.basis}: {fact.note}; {fact.source}"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _text(value: object) -> str:
    from edgeq.cli.show import number

    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_text(part)}" for key, part in value.items())
    return number(value) if isinstance(value, int) else str(value)
