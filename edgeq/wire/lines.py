"""Lines of text in the bytes that arrive from a board."""

from __future__ import annotations

from dataclasses import dataclass, field

LONGEST_LINE = 4096  # bytes; what is longer is no line of a sketch


@dataclass
class LineReader:
    """Finds whole lines, and keeps at most one line's bytes. The first stretch is no line, for it may
    have begun before the port was opened.
    """

    _pending: bytearray = field(default_factory=bytearray)
    _skip: bool = True

    def take(self, data: bytes) -> list[str]:
        """The lines that end within `data`, without their ends; bytes that are no UTF-8 are marked."""
        lines = []
        *ended, pending = data.split(b"\n")
        for part in ended:
            self._keep(part)
            if not self._skip:
                lines.append(self._pending.decode("utf-8", "replace").strip())
            self._pending.clear()
            self._skip = False
        self._keep(pending)
        return lines

    def _keep(self, part: bytes) -> None:
        if len(self._pending) + len(part) > LONGEST_LINE:
            self._pending.clear()
            self._skip = True
            return
        self._pending += part
