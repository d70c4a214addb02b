"""What a report says, as plain data that its template shows; names are still as the model has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edgeq.dead_channels import LeftOut
from edgeq.fit import BoardFit, FitResult
from edgeq.report.arena_rows import ArenaRows
from edgeq.report.memory_blocks import Block
from edgeq.simulate.result import SimulateResult
from edgeq.verify.result import TargetResult


@dataclass(frozen=True)
class Port:
    """An input or output of the model; scale and zero_point None where it is not quantized."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None


@dataclass(frozen=True)
class ModelFacts:
    """What the model is. hash: of the model as it is written; file_bytes: of the .tflite file; left_out:
    channels that no output depends on, which the generated C lacks, None where there are none.
    """

    name: str
    hash: str
    file_bytes: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    operators: tuple[tuple[str, int], ...]
    labels: tuple[str, ...]
    macs: int
    constants_bytes: int
    arena_bytes: int
    state_bytes: int
    left_out: LeftOut | None = None


@dataclass(frozen=True)
class ClassRow:
    """A class as it is predicted. counts: of its samples, by predicted class; shares: of its samples,
    0 to 1; recall, precision: None without samples, or predictions, of the class.
    """

    name: str
    counts: tuple[int, ...]
    shares: tuple[float, ...]
    recall: float | None
    precision: float | None


@dataclass(frozen=True)
class Accuracy:
    """What the model is right about on data. simulated: metric, comparison with the float model and
    with interpreters; classes: the confusion matrix, empty without one; left_out: classes that are
    not shown.
    """

    data: str
    simulated: SimulateResult
    classes: tuple[ClassRow, ...]
    left_out: int


@dataclass(frozen=True)
class LayerError:
    """Signal over error of a layer's output against the float model, in dB; own_db: if only this layer
    is quantized; share: of the scale's width that the bar takes, 0 to 1.
    """

    index: int
    op: str
    name: str
    sqnr_db: float
    own_db: float
    share: float
    own_share: float


@dataclass(frozen=True)
class LayerTime:
    """What a layer costs. share: of the inference, 0 to 1."""

    index: int
    op: str
    name: str
    macs: int | None
    instructions: int | None
    cycles: int | None
    share: float


@dataclass(frozen=True)
class Times:
    """Layers as they ran on the core of a board. causes: of all cycles, with their share, the largest
    first.
    """

    board: BoardFit
    run: TargetResult
    layers: tuple[LayerTime, ...]
    causes: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Memory:
    """The arena over time: the drawing and the buffers that it shows."""

    rows: ArenaRows
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Contents:
    """A report. None and empty where something was not asked for or cannot be known.

    verified: targets on which every tensor was compared with the simulator. commands: command
    lines that compute the figures again.
    """

    version: str
    model: ModelFacts
    accuracy: Accuracy | None
    errors: tuple[LayerError, ...]
    memory: Memory
    times: Times | None
    boards: FitResult
    verified: Sequence[TargetResult]
    commands: tuple[str, ...]
