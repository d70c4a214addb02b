"""What an emulated core has reported, of one inference and of several."""

from __future__ import annotations

from dataclasses import dataclass, field

from edgeq.cycles import Cycles
from edgeq.opkit.node import Values


@dataclass
class Waits:
    """Cycles that a core waited for one of the flashes that it was timed with: by cause, and of each layer."""

    causes: Cycles
    layers: list[int]


@dataclass(frozen=True)
class Run:
    """What one core did. instructions: of each sample; layers: [samples][layers]; stack_bytes: the
    most of all.

    cycles: of each sample, None where the emulator does not know them. causes: of each sample, its
    cycles by cause; layer_cycles: [samples][layers]; fewer, more: of each sample, by how many cycles it may
    take less or longer where rules of the core are not public; waits: [samples][flashes]. All empty where
    cycles are not told apart.
    """

    values: list[Values]
    instructions: list[int]
    layers: list[list[int]]
    stack_bytes: int
    cycles: list[int | None]
    causes: list[Cycles] = field(default_factory=list)
    layer_cycles: list[list[int]] = field(default_factory=list)
    fewer: list[int] = field(default_factory=list)
    more: list[int] = field(default_factory=list)
    waits: list[list[Waits]] = field(default_factory=list)


@dataclass
class Trace:
    """What one inference has reported so far. Layers that run row by row report their tensor in
    pieces.
    """

    data: list[list[bytes]]  # of each layer
    instructions: list[int]  # of each layer
    cycles: list[int]  # of each layer, where they are computed
    causes: Cycles = field(default_factory=Cycles)  # cycles by cause
    waits: list[Waits] = field(default_factory=list)  # of each flash
    fewer: int = 0  # cycles that may not be needed, where rules of the core are not public
    more: int = 0  # cycles that may be needed besides
    at: int = 0  # instructions executed when a layer last ended, of the call that runs
    executed: int = 0  # instructions of all calls
    spent: int | None = None  # cycles of all calls, where the emulator has a model of time
    inputs: list[bytes] = field(default_factory=list)  # those made of real values
    outputs: list[bytes] = field(default_factory=list)
