"""`edgeq record`: labelled samples of a board's sensor, as a data set."""

from __future__ import annotations

import contextlib
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edgeq.cli.monitor import Port
from edgeq.cli.options import Baud, Debug, Json, Quiet
from edgeq.errors import EdgeqError

if TYPE_CHECKING:
    from edgeq.data.samples import Array
    from edgeq.wire.time_steps import Window

MOST_BYTES = 64 << 20  # of one take
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
    from edgeq.data.recorded import read_recording, with_take, write_recording
    from edgeq.files import check_output, is_name
    from edgeq.verify.serial_port import check_packages

    check_packages()
    check_output(output, ".npz", [])
    if not is_name(label) or label != label.strip():
        raise EdgeqError("--label", "it is no name on a single line", "give the class's name")
    before = read_recording(output)
    say(f"recording {label!r} for {seconds:g} s", quiet)
    x = _take(port, baud, seconds, columns, quiet)
    recording = with_take(before, x, label, output)
    write_recording(output, recording)
    result = _Recorded(len(x), list(recording.x.shape[1:]), Counter(recording.y.tolist()))
    if json:
        print_json(result)
        return
    held = ", ".join(f"{count:,} of {name!r}" for name, count in result.samples.items())
    print_text(f"{output}: {len(x):,} samples added; it holds {held}")


class _Recorded:
    """added: samples of this take. shape: of each. samples: all in the file, by class."""

    def __init__(self, added: int, shape: list[int], samples: Counter[str]) -> None:
        self.added, self.shape, self.samples = added, shape, samples

    def to_json(self) -> dict[str, object]:
        return {"added": self.added, "shape": self.shape, "samples": dict(self.samples)}


def _take(port: str, baud: int, seconds: float, columns: int | None, quiet: bool) -> Array:
    """What arrives within the time, [n, ...]: windows if any came, else time steps.

    Raises EdgeqError where nothing did, or not what `columns` says.
    """
    import numpy as np

    from edgeq.cli.show import say
    from edgeq.wire import open_port
    from edgeq.wire.time_steps import TimeStepReader, Window, WindowReader

    windows, time_steps = WindowReader(), TimeStepReader(columns)
    found, values = list[Window](), array("f")
    with contextlib.suppress(KeyboardInterrupt), open_port(port, baud) as link:
        end, size = time.monotonic() + seconds, 0
        while time.monotonic() < end and size < MOST_BYTES:
            data = link.read(max(1, min(link.in_waiting, 4096)))
            size += len(data)
            found += windows.take(data)
            values.extend(value for row in time_steps.take(data) for value in row)
    if windows.lost:
        say(f"note: {windows.lost} windows were not whole and are left out", quiet)
    if found:
        return _stacked(found, columns)
    if time_steps.skipped:
        say(f"note: {time_steps.skipped} lines were no {time_steps.columns or 1} numbers", quiet)
    if not values:
        why = f"no window and no line of numbers came within {seconds:g} s"
        raise EdgeqError(f"port {port!r}", why, "flash a sketch that sends them; see docs/wire.md")
    return np.array(values, np.float32).reshape(-1, time_steps.columns or 1)


def _stacked(windows: Sequence[Window], columns: int | None) -> Array:
    """The windows as one array, [n, elements] or [n, time steps, columns]."""
    import numpy as np

    kinds = {(window.dtype, len(window.data)) for window in windows}
    if len(kinds) > 1:
        raise EdgeqError("the windows", "they differ in type or size", "send them all alike")
    ((dtype, _),) = kinds
    flat = np.stack([np.frombuffer(w.data, np.dtype(dtype).newbyteorder("<")) for w in windows])
    x: Array = flat.astype(dtype)
    if columns is None:
        return x
    if x.shape[1] % columns:
        why = f"a window has {x.shape[1]} elements"
        raise EdgeqError(f"--columns {columns}", why, "give a number that divides it")
    shaped: Array = x.reshape(len(x), -1, columns)
    return shaped
