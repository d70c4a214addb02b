"""What `flash` returns: the commands, and whether they ran."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from edgeq.html import result_html


@dataclass(frozen=True)
class FlashResult:
    """How a project gets onto its board.

    status: `done` where the commands ran, `printed` where their tools are not installed.
    command: the one that flashes, as a list of arguments. commands: all, which build before that.
    folder: where they are typed. package: what brings the tools, and where it is from.
    missing: the programs that are not installed.
    """

    status: Literal["done", "printed"]
    command: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    folder: str
    package: str
    missing: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The fields as plain values."""
        return asdict(self)

    _repr_html_ = result_html
