"""What `generate` returns: the files it wrote and what the model takes on the device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from edgeq.html import result_html


@dataclass(frozen=True)
class GenerateResult:
    """What was written, and what the model takes.

    files: of the project, relative to `output`.
    flash_bytes: constants and an estimate of the engine's code.
    arena_bytes, state_bytes: exact; the state is what the native engine keeps between inferences, and
        the audio front end, if there is one.
    kept: files that stay as their user made them -> where the new text is, None if it has not
        changed.
    removed: files of an earlier run that the project no longer has.
    left: such files that stay because they were edited.
    """

    output: str
    files: tuple[str, ...]
    engine: str
    framework: str
    board: str | None
    name: str
    flash_bytes: int
    model_bytes: int
    arena_bytes: int
    selftest: int
    kept: Mapping[str, str | None]
    removed: tuple[str, ...]
    left: tuple[str, ...]
    warnings: tuple[str, ...]
    state_bytes: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    _repr_html_ = result_html
