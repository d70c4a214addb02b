"""What `generate` returns: the files it wrote and what the models take on the device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from edgeq.html import result_html


@dataclass(frozen=True)
class ModelMemory:
    """What one model of a firmware takes. model_bytes: of its constants, also of those that are
    another model's too.
    """

    name: str
    arena_bytes: int
    state_bytes: int
    model_bytes: int


@dataclass(frozen=True)
class GenerateResult:
    """What was written, and what the models take.

    files: of the project, relative to `output`.
    flash_bytes: constants and an estimate of the engine's code.
    model_bytes: constants alone, exact; equal ones of several models count once.
    arena_bytes, state_bytes: exact; the state is what the native engine keeps between inferences,
        and what an audio front end and the windows of a sensor take.
    arenas_apart_bytes: what the arenas of several models take if each has its own; more than
        arena_bytes where they share one.
    models: what each takes.
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
    arenas_apart_bytes: int = 0
    models: tuple[ModelMemory, ...] = ()

    @property
    def arena_saved_bytes(self) -> int:
        """The RAM that models save by sharing one arena."""
        return self.arenas_apart_bytes - self.arena_bytes

    def to_json(self) -> dict[str, Any]:
        """The fields as plain values, and `arena_saved_bytes`."""
        return {**asdict(self), "arena_saved_bytes": self.arena_saved_bytes}

    _repr_html_ = result_html
