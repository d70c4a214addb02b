"""`edgeq flash`: a generated project on its board, by the ecosystem's own tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.options import Debug, Json, Quiet

if TYPE_CHECKING:
    from edgeq.flash.result import FlashResult

Folder = Annotated[
    Path, typer.Argument(help="A project that `edgeq generate` wrote.", metavar="DIR")
]
Port = Annotated[
    str | None, typer.Option("--port", help="The board's serial port, as /dev/ttyACM0 or COM3.")
]
Image = Annotated[
    Path | None,
    typer.Option(
        "--image", help="Your firmware that links the model, of a cmake project or a CMSIS-Pack."
    ),
]


def flash(
    folder: Folder,
    port: Port = None,
    image: Image = None,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Build and flash a project by its ecosystem's own tool. Where that is not installed, print the
    commands.
    """
    from edgeq.cli.show import print_json
    from edgeq.flash.flash import flash as run

    result = run(folder, port=port, image=image)
    if json:
        print_json(result)
    else:
        show(result)
    if result.status != "done":
        raise typer.Exit(1)


def show(result: FlashResult) -> None:
    """That the board is flashed, or what to install and to type."""
    import shlex

    if result.status == "done":
        print(f"flashed by {result.command[0]}")
        return
    print(
        f"{' and '.join(result.missing)} not installed: {result.package}. Nothing was flashed; type"
    )
    print(f"  {shlex.join(('cd', result.folder))}")
    for command in result.commands:
        print(f"  {shlex.join(command)}")
