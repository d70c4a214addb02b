"""Labelled samples of a board's sensor, as a data set: what the board sends over its serial port."""

from __future__ import annotations

import contextlib
import time
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from edgeq.data.recorded import read_recording, with_take, write_recording
from edgeq.data.samples import Array
from edgeq.errors import EdgeqError
from edgeq.files import check_output, is_name
from edgeq.html import result_html
from edgeq.wire import open_port
from edgeq.wire.time_steps import TimeStepReader, Window, WindowReader

MOST_BYTES = 64 << 20  # of one take
READ_BYTES = 4096


@dataclass(frozen=True)
class RecordResult:
    """output: the file. samples: those that it holds. added: those of this take. shape: of each.
    classes: how many samples it holds of each class.
    """

    output: str
    samples: int
    added: int
    shape: tuple[int, ...]
    classes: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """The result as `--json` prints it."""
        return asdict(self)

    _repr_html_ = result_html


def record(
    port: str,
    output: str | Path,
    *,
    label: str,
    seconds: float = 10.0,
    columns: int | None = None,
    baud: int = 115200,
    note: Callable[[str], None] | None = None,
) -> RecordResult:
    """Adds a take of a class to an `.npz`, from what a board sends: windows in frames, or lines of
    numbers, each a time step.

    port: a serial device, or a URL of pyserial. label: the class. seconds: how long; Ctrl-C ends it
    earlier. columns: values of a time step, which windows get as their last axis. note: called with
    what was left out of the take.

    Raises EdgeqError without pyserial or cobs, for a port that cannot be opened, nothing that
    arrived, samples of another shape than the file's, and a file that is no recording.
    """
    path = Path(output)
    check_output(path, ".npz", [])
    if not is_name(label) or label != label.strip():
        raise EdgeqError("--label", "it is no name on a single line", "give the class's name")
    before = read_recording(path)
    x = _take(port, baud, seconds, columns, note or _say_nothing)
    recording = with_take(before, x, label, path)
    write_recording(path, recording)
    classes = dict(Counter(recording.y.tolist()))
    return RecordResult(str(path), len(recording.x), len(x), recording.x.shape[1:], classes)


def _say_nothing(text: str) -> None:
    pass


def _take(
    port: str, baud: int, seconds: float, columns: int | None, note: Callable[[str], None]
) -> Array:
    """What arrives within the time, [n, ...]: windows if any came, else time steps.

    Raises EdgeqError where nothing did, or not what `columns` says.
    """
    windows, time_steps = WindowReader(), TimeStepReader(columns)
    found, values = list[Window](), array("f")
    with contextlib.suppress(KeyboardInterrupt), open_port(port, baud) as link:
        end, size = time.monotonic() + seconds, 0
        while time.monotonic() < end and size < MOST_BYTES:
            data = link.read(max(1, min(link.in_waiting, READ_BYTES)))
            size += len(data)
            found += windows.take(data)
            values.extend(value for row in time_steps.take(data) for value in row)
    if windows.lost:
        note(f"{windows.lost} windows were not whole and are left out")
    if found:
        return _stacked(found, columns)
    if time_steps.skipped:
        note(f"{time_steps.skipped} lines were no {time_steps.columns or 1} numbers")
    if not values:
        why = f"no window and no line of numbers came within {seconds:g} s"
        raise EdgeqError(f"port {port!r}", why, "flash a sketch that sends them; see docs/wire.md")
    return np.array(values, np.float32).reshape(-1, time_steps.columns or 1)


def _stacked(windows: Sequence[Window], columns: int | None) -> Array:
    """The windows as one array, [n, elements] or [n, time steps, columns]."""
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
