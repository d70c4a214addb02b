"""`edgeq record`: labelled samples of a board's sensor, as a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edgeq.cli.monitor import Port
from edgeq.cli.options import Baud, Debug, Json, Quiet

Output = Annotated[
    Path, typer.Option("-o", "--output", help="A .npz; a take is added to what it holds.")
]
Label = Annotated[str, typer.Option("--label", help="The class that is recorded.")]
Seconds = Annotated[
    float, typer.Option("--seconds", min=0, help="How long; Ctrl-C ends it earlier.")
]
Columns = Annotated[
    int | None,
    typer.Option(
        "--columns", min=1, help="Values of a time step; windows get it as their last axis."
    ),
]


def record(
    port: Port,
    output: Output,
    label: Label,
    seconds: Seconds = 10.0,
    columns: Columns = None,
    baud: Baud = 115200,
    json: Json = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Record what a board's sensor says as samples of a class. Windows in frames, or lines of
    numbers, a time step each.
    """
    from edgeq.cli.show import print_json, print_text, say
    from edgeq.recording import record as run

    def note(text: str) -> None:
        say(f"note: {text}", quiet)

    say(f"recording {label!r} for {seconds:g} s", quiet)
    result = run(port, output, label=label, seconds=seconds, columns=columns, baud=baud, note=note)
    if json:
        print_json(result)
        return
    held = ", ".join(f"{count:,} of {name!r}" for name, count in result.classes.items())
    print_text(f"{output}: {result.added:,} samples added; it holds {held}")
