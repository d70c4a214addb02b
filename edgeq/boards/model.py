"""A board as its file states it: chip, memory, and what each framework calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal, TypeAlias

from edgeq.boards.flash import FlashTiming
from edgeq.errors import EdgeqError
from edgeq.frameworks import FRAMEWORKS, Kernels, entry_names, load_layout
from edgeq.html import result_html

RegionKind: TypeAlias = Literal["flash", "ram", "tcm", "iram", "psram", "eeprom"]
CurrentBasis: TypeAlias = Literal["stated", "scaled", "best case"]
Text: TypeAlias = str | tuple[str, ...] | None


@dataclass(frozen=True)
class Region:
    """A contiguous stretch of memory, as the linker or the data sheet sees it.

    external: another chip behind a serial bus, or in the same package.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    kind: RegionKind
    bytes: int
    note: str = ""
    external: bool = False


@dataclass(frozen=True)
class RunCurrent:
    """What the chip draws from its supply while the core computes at the board's clock, typical.

    basis: `stated` for a core that runs code at this clock; `scaled` in proportion from another
    clock; `best case` where the vendor says no more than the least microamperes for each MHz.
    source: the address of the document that states it, with revision and table. note: under which
    conditions.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    milliamperes: float
    volts: float
    basis: CurrentBasis
    source: str
    note: str = ""

    @property
    def milliwatts(self) -> float:
        return self.milliamperes * self.volts


@dataclass(frozen=True)
class Limits:
    """Bytes a program may have under a framework where that is less than the board's; None: the
    board's.

    own_flash_bytes, own_ram_bytes: what the framework itself takes of that, None where nobody
    measured it.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    own_flash_bytes: int | None = None
    own_ram_bytes: int | None = None


@dataclass(frozen=True)
class FrameworkEntry:
    """What a board's file says for one framework.

    fields: all that the framework's layout declares, None for what the file leaves out. limits: as
    the framework's own files of the board state them.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    fields: Mapping[str, Text] = field(default_factory=dict)
    limits: Limits = Limits()
    note: str = ""

    @property
    def facts(self) -> dict[str, Any]:
        """The fields beside limits and note, as templates and JSON have them."""
        return {**self.fields, "limits": asdict(self.limits), "note": self.note}


@dataclass(frozen=True)
class Board:
    """A board, as its YAML file states it. Sizes in bytes, of the whole chip less its bootloader.

    emulated: the target that verifies and benchmarks in its place, None where no emulator is at
    hand.
    tflm_kernels: the kernels TFLM is usually built with there, None where TFLM does not run.
    flash_timing: None where it is not known. run_current: None where no page of a data sheet was found.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    title: str
    vendor: str
    mcu: str
    core: str
    clock_hz: int
    flash_bytes: int
    ram_bytes: int
    fpu: bool
    dsp: bool
    emulated: str | None
    tflm_kernels: Kernels | None
    frameworks: Mapping[str, FrameworkEntry]
    sources: tuple[str, ...]
    memory: tuple[Region, ...] = ()
    flash_timing: FlashTiming | None = None
    run_current: RunCurrent | None = None

    @property
    def external_flash(self) -> bool:
        """Whether programs lie in another chip, which is read through a serial bus and a cache."""
        return next((region.external for region in self.memory if region.kind == "flash"), False)

    @property
    def framework_names(self) -> tuple[str, ...]:
        """The frameworks whose projects can be generated for this board: those that its file has an
        entry for, those whose layout names one of these as `entry_of`, and those with `any_board`.
        """
        entries = (taker for name in self.frameworks for taker in entry_names(name))
        return (*entries, *(name for name in FRAMEWORKS if load_layout(name).any_board))

    @property
    def contiguous_ram_bytes(self) -> int:
        """Bytes of the largest RAM region: the most that one static arena can be."""
        return max(
            (region.bytes for region in self.memory if region.kind == "ram"), default=self.ram_bytes
        )

    @property
    def psram_bytes(self) -> int:
        """Bytes of the largest PSRAM region, 0 for a board without."""
        sizes = (region.bytes for region in self.memory if region.kind == "psram")
        return max(sizes, default=0)

    def framework(self, name: str) -> FrameworkEntry | None:
        """The board's entry for a framework, which can be that of another one; None for one that fits
        any board without. Raises EdgeqError if the board has no such framework.
        """
        if name not in self.framework_names:
            known = ", ".join(self.framework_names)
            raise EdgeqError(
                f"framework {name!r}",
                f"board {self.name!r} has no such framework",
                f"use one of {known}",
            )
        return self.frameworks.get(load_layout(name).entry_of or name)

    def framework_facts(self) -> dict[str, dict[str, Any]]:
        """Framework -> what its entry says, without what it leaves open."""
        entries = {name: self.framework(name) for name in self.framework_names}
        return {name: _stated(entry.facts) for name, entry in entries.items() if entry is not None}

    def sizes(self) -> Iterator[tuple[tuple[str | int, ...], float]]:
        """Every quantity that the file states, with its place there."""
        yield ("clock_hz",), self.clock_hz
        yield ("flash_bytes",), self.flash_bytes
        yield ("ram_bytes",), self.ram_bytes
        for index, region in enumerate(self.memory):
            yield ("memory", index, "bytes"), region.bytes
        if self.run_current is not None:
            yield ("run_current", "milliamperes"), self.run_current.milliamperes
            yield ("run_current", "volts"), self.run_current.volts
        for name, entry in self.frameworks.items():
            for key, size in asdict(entry.limits).items():
                if size is not None:
                    yield ("frameworks", name, "limits", key), size

    def to_json(self) -> dict[str, Any]:
        """The row of `edgeq boards --json`."""
        facts = asdict(self)
        del facts["frameworks"], facts["memory"], facts["sources"]
        return facts | {
            "frameworks": list(self.framework_names),
            "framework_facts": self.framework_facts(),
            "memory": [asdict(region) for region in self.memory],
            "sources": list(self.sources),
        }


def _stated(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts that are there, lists for tuples, as JSON has them."""
    plain = {
        key: list(value) if isinstance(value, tuple) else value for key, value in facts.items()
    }
    nested = {
        key: _stated(value) if isinstance(value, dict) else value for key, value in plain.items()
    }
    return {key: value for key, value in nested.items() if value not in (None, "", {})}


@dataclass(frozen=True)
class BoardsResult:
    """What `edgeq boards` lists."""

    boards: tuple[Board, ...]

    def to_json(self) -> dict[str, Any]:
        return {"boards": [board.to_json() for board in self.boards]}

    _repr_html_ = result_html
