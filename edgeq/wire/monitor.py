"""What a board says of its inferences, as long as it says it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from edgeq.wire.port import open_port
from edgeq.wire.results import OutcomeReader
from edgeq.wire.tally import Tally

READ_BYTES = 4096
REDRAWS = 8  # a second


def monitor(
    port: str,
    *,
    seconds: float | None = None,
    baud: int = 115200,
    show: Callable[[Tally, float], None] | None = None,
) -> Tally:
    """Counts the classes that a board names, until the time is up or Ctrl-C.

    port: a serial device, or a URL of pyserial. seconds: how long, None for ever. show: called with
    the tally so far and the time, REDRAWS times a second at most.

    Raises EdgeqError without pyserial or cobs, and for a port that cannot be opened or goes away.
    """
    tally, reader, end, shown = Tally(), OutcomeReader(), time.monotonic() + (seconds or 0), 0.0
    with contextlib.suppress(KeyboardInterrupt), open_port(port, baud) as link:
        while seconds is None or time.monotonic() < end:
            outcomes = reader.take(link.read(max(1, min(link.in_waiting, READ_BYTES))))
            now = time.monotonic()
            for outcome in outcomes:
                tally.add(outcome, now)
            if show is not None and now - shown > 1 / REDRAWS:
                show(tally, now)
                shown = now
    return tally
