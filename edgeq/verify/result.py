"""What verification found: one result type for the host, emulated cores, boards and TFLM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from edgeq.cycles import FLASH_CAUSES
from edgeq.html import result_html

Status = Literal["ok", "different", "unavailable", "failed"]


@dataclass(frozen=True)
class LayerResult:
    """One layer as it ran. instructions, cycles, microseconds: means of all samples, None where they
    are not known; the time is what a board measured. part_of: of some channels of a layer, the
    layer's name. by_rows: whether a board computed it row by row, so that its output never lay whole
    in memory; None elsewhere. bytes_compared, bytes_different: of what the board sent of its outputs, of all samples;
    None where nothing was asked for.
    """

    index: int
    op: str
    name: str
    instructions: int | None
    macs: int | None
    cycles: int | None = None
    part_of: str | None = None
    microseconds: int | None = None
    by_rows: bool | None = None
    bytes_compared: int | None = None
    bytes_different: int | None = None


@dataclass(frozen=True)
class Difference:
    """The first byte that differs, in the order of computation: sample, then layer, then element.

    layer: position in the program, None for a difference seen only where the application reads the
    output.
    """

    layer: int | None
    op: str | None
    tensor: str
    sample: int
    index: tuple[int, ...]
    got: int | float | bool
    expected: int | float | bool


@dataclass(frozen=True)
class FlashWaits:
    """Cycles that an inference waits for a flash, means of all samples: by cause, and of each layer."""

    causes: Mapping[str, int]
    layers: tuple[int, ...]


@dataclass(frozen=True)
class TargetResult:
    """One target. Counts are None where the target cannot tell, never guesses.

    instructions_per_inference, cycles_per_inference: mean of all samples. code_bytes: what flash
    holds besides model_bytes, which are the constants of the model; together they are the flash
    that the engine takes. ram_bytes: arena, state, stack and statics; state_bytes:
    kept between inferences. cycle_causes: what the cycles of an inference go into, where that is
    computed. fewer_cycles, more_cycles: by how many it may take less or longer, where rules of the
    core are not public.
    flash_waits: what each flash that the core was timed with takes of its cycles; those of the first are in them.
    timed_as: the core by whose rules cycles were computed, None where they were not.
    microseconds_per_inference: mean of all samples, as a board measured it. score: the metric and
    its value, of the outputs of a board and the labels of the data. notes: messages for the user.
    """

    name: str
    status: Status
    reason: str | None = None
    samples: int = 0
    bytes_compared: int = 0
    bytes_different: int = 0
    first_difference: Difference | None = None
    instructions_per_inference: int | None = None
    cycles_per_inference: int | None = None
    code_bytes: int | None = None
    model_bytes: int | None = None
    arena_bytes: int | None = None
    ram_bytes: int | None = None
    stack_bytes: int | None = None
    toolchain: str | None = None
    layers: tuple[LayerResult, ...] = field(default=())
    state_bytes: int = 0
    cycle_causes: Mapping[str, int] = field(default_factory=dict)
    fewer_cycles: int = 0
    more_cycles: int = 0
    flash_waits: tuple[FlashWaits, ...] = ()
    timed_as: str | None = None
    microseconds_per_inference: int | None = None
    score: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The result as `--json` prints it."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in asdict(self).items()
            if key != "flash_waits"
        }

    def with_flash(self, which: int) -> TargetResult:
        """The result with the waits for another one of the flashes that the core was timed with."""
        if which == 0:
            return self
        first, other = self.flash_waits[0], self.flash_waits[which]
        added = sum(other.causes.values()) - sum(first.causes.values())
        own = {cause: n for cause, n in self.cycle_causes.items() if cause not in FLASH_CAUSES}
        causes = sorted((own | dict(other.causes)).items(), key=lambda item: -item[1])
        layers = (
            layer if layer.cycles is None else replace(layer, cycles=layer.cycles + now - before)
            for layer, before, now in zip(self.layers, first.layers, other.layers, strict=True)
        )
        return replace(
            self,
            cycles_per_inference=(self.cycles_per_inference or 0) + added,
            cycle_causes=dict(causes),
            layers=tuple(layers),
            flash_waits=(other,),
        )


@dataclass(frozen=True)
class VerifyResult:
    """All targets, in the order asked for."""

    targets: tuple[TargetResult, ...]

    @property
    def ok(self) -> bool:
        """Whether at least one target ran and none differed or failed."""
        statuses = {target.status for target in self.targets}
        return "ok" in statuses and not statuses & {"different", "failed"}

    @property
    def skipped(self) -> int:
        """How many targets lacked their tool."""
        return sum(target.status == "unavailable" for target in self.targets)

    def to_json(self) -> dict[str, Any]:
        """The result as `--json` prints it."""
        return {"targets": [target.to_json() for target in self.targets]}

    _repr_html_ = result_html
