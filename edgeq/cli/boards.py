"""`edgeq boards`: the boards that edgeq knows."""

from __future__ import annotations

from typing import Annotated

import typer

from edgeq.cli.options import Debug, Json, Quiet

Name = Annotated[str | None, typer.Argument(help="Show one board whole.")]


def boards(name: Name = None, json: Json = False, quiet: Quiet = False, debug: Debug = False) -> None:
    """List the boards, or show one: core, clock, memory, frameworks with their own names for it."""
    from edgeq.boards import BoardsResult, find_board, load_boards
    from edgeq.cli.show import number, print_json, print_table

    result = BoardsResult((find_board(name),) if name else load_boards())
    if json:
        print_json(result)
        return
    rows = [
        [b.name, b.mcu, b.core, f"{b.clock_hz / 1e6:g} MHz", number(b.flash_bytes), number(b.ram_bytes),
         ", ".join(sorted(b.framework_names))]
        for b in result.boards
    ]  # fmt: skip
    print_table("", ["board", "MCU", "core", "clock", "flash", "RAM", "frameworks"], rows)
