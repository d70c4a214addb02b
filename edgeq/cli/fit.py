"""`edgeq fit`: which boards hold a model, how fast and at what energy, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli import completion
from edgeq.cli.groups import with_groups
from edgeq.cli.native_choices import DEFAULT_MEMORY, MemoryChoices, native_options
from edgeq.cli.options import Debug, Json, ModelPath, Quiet

if TYPE_CHECKING:
    from edgeq.boards.model import CurrentBasis
    from edgeq.fit import BoardFit, FitResult

BoardNames = Annotated[
    list[str],
    typer.Option(
        "--board",
        help="A board that `edgeq boards` lists; may be repeated. All by default.",
        autocompletion=completion.boards,
    ),
]
MaxLatency = Annotated[
    float | None, typer.Option("--max-latency", help="Milliseconds that an inference may take.")
]
MaxEnergy = Annotated[
    float | None, typer.Option("--max-energy", help="Millijoules that an inference may take.")
]
Sort = Annotated[
    str,
    typer.Option(
        "--sort",
        help="cheapest (least flash and RAM together, as prices are not known), latency, energy, flash, ram.",
        autocompletion=completion.orders,
    ),
]


@with_groups
def fit(
    model: ModelPath,
    board: BoardNames = [],
    max_latency: MaxLatency = None,
    max_energy: MaxEnergy = None,
    sort: Sort = "cheapest",
    memory: MemoryChoices = DEFAULT_MEMORY,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Say which boards hold a model. Flash, RAM, milliseconds with their range, energy, and why not."""
    from edgeq.cli.show import print_json, progress_bar
    from edgeq.fit import fit as run
    from edgeq.verify.job import Settings

    with progress_bar(not (json or quiet)) as progress:
        result = run(
            model,
            boards=board,
            max_latency_ms=max_latency,
            max_energy_mj=max_energy,
            sort=sort,
            settings=Settings(native=native_options(memory=memory), emulated_samples=1),
            progress=progress,
        )
    if json:
        print_json(result)
    else:
        show(result)
    raise typer.Exit(0 if result.ok else 1)


def show(result: FitResult) -> None:
    """Boards that fit as a table, then those that do not with the reason, and what figures rest on."""
    from edgeq.cli.show import number, print_table, print_text, warn

    fitting = [board for board in result.boards if board.fits]
    others = [board for board in result.boards if not board.fits]
    kept = f", {number(result.state_bytes)} of state" if result.state_bytes else ""
    print_text(
        f"{result.model}: {number(result.model_bytes)} bytes of constants, "
        f"{number(result.arena_bytes)} of arena{kept}, {number(result.macs)} multiply-accumulates"
    )
    print_text(f"fits {len(fitting)} of {len(result.boards)} boards; {ORDERS[result.sort]} first")
    if fitting:
        headers = ["board", "flash", "RAM", "ms", "range", "rests on", "mJ"]
        print_table("", headers, [_row(board) for board in fitting])
    if others:
        rows = [[b.name, b.flash_mark + _figure(b.latency_ms), b.why] for b in others]
        print_table("", ["does not fit", "ms", "why"], rows)
    doubts = [f"{board.name} ({board.doubt})" for board in result.boards if board.doubt]
    if doubts:
        print_text(f"a limit lies within the range of {', '.join(doubts)}")
    if len(result.boards) == 1:
        _show_one(result.boards[0])
    else:
        _show_meanings(result)
    warn(result.notes)


ORDERS = {
    "cheapest": "those with the least flash and RAM together",
    "latency": "the fastest",
    "energy": "those that take the least energy",
    "flash": "those with the least flash",
    "ram": "those with the least RAM",
}
MEANINGS = {
    "cycles": "by the public rules of the core, docs/cycles.md",
    "pipeline": "by a model of the core's pipeline, of which not all is public, docs/cycles.md",
    "counted": "instructions, times a range of cycles for each",
    "estimate": "a range of cycles for each multiply-accumulate, as nothing executes the core here",
}
FLASH_MEANINGS: Mapping[str, str] = {
    ">": "> at least, as the board's flash is not on file and taken as never waited for",
    "~": "~ with an estimate of its flash",
    "": "no mark: with its flash, or not by cycles",
}
ENERGY_MEANINGS: Mapping[CurrentBasis | None, str] = {
    "stated": "of the chip at the typical run current of its data sheet, radio off",
    "scaled": "~ in proportion from another clock",
    "best case": "> at least, as the vendor states no more than a best case",
    None: "- no run current of the chip is on file",
}


def _row(board: BoardFit) -> list[str]:
    from edgeq.fit.figures import energy_figure

    room, latency = board.room, board.latency
    return [
        board.name,
        _share(room.flash_bytes, room.flash_limit, board.code),
        _share(room.ram_bytes, room.ram_limit, board.code),
        board.flash_mark + _figure(board.latency_ms),
        "-" if latency is None else f"{_figure(latency.low)}–{_figure(latency.high)}",
        "-" if latency is None else latency.rests,
        energy_figure(board.energy_mj, board.energy_rests),
    ]


def _show_meanings(result: FitResult) -> None:
    """What the columns say, as far as they occur."""
    from edgeq.cli.show import number, print_text

    for what, sizes in (
        ("flash", [board.room.flash_bytes for board in result.boards]),
        ("RAM", [board.room.ram_bytes for board in result.boards]),
    ):
        low, high = number(min(sizes)), number(max(sizes))
        spread = low if low == high else f"{low} to {high}"
        print_text(f"{what}: share of the board's that {spread} bytes are")
    if any(board.code == "estimated" for board in result.boards):
        print_text(
            "~ before a share: code and stack are estimated; else compiled for the core and measured"
        )
    kinds = {board.latency.rests for board in result.boards if board.latency}
    for kind, meaning in MEANINGS.items():
        if kind in kinds:
            print_text(f"{kind}: {meaning}")
    marks = {board.flash_mark for board in result.boards if board.latency}
    if marks - {""}:
        print_text(
            "ms: " + "; ".join(said for mark, said in FLASH_MEANINGS.items() if mark in marks)
        )
    rests = {board.energy_rests for board in result.boards if board.fits}
    if rests:
        said = [meaning for kind, meaning in ENERGY_MEANINGS.items() if kind in rests]
        print_text("mJ: " + "; ".join(said))


def _show_one(fit: BoardFit) -> None:
    """All that is known of a single board."""
    from edgeq.cli.show import number, print_table, print_text

    rows = [[r.name, r.kind, number(r.bytes), number(r.used_bytes)] for r in fit.regions]
    print_table("", ["memory", "kind", "bytes", "taken"], rows)
    print_text(
        f"code: {number(fit.code_bytes)} bytes, {fit.code} ({fit.toolchain or 'upper estimate'})"
    )
    print_text(f"frameworks whose limits it keeps: {', '.join(fit.frameworks) or 'none'}")
    print_text(f"milliseconds: {fit.latency.basis if fit.latency else 'not known'}")
    print_text(f"energy: {fit.energy_basis}")


def _share(part: int, whole: int, code: str) -> str:
    share = f"{100 * part / whole:.0f}%" if part * 100 >= whole else "<1%"
    return f"~{share}" if code == "estimated" else share


def _figure(value: float | None) -> str:
    """Three digits that count; `-` where nothing is known."""
    from edgeq.fit.figures import three_digits

    return "-" if value is None else three_digits(value)
