"""Layers, fused pipelines, branches and loops as plain data, which the native engine's templates write
in C.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.codegen.expressions import Arguments, Field, FiringRows, Operand, Place


@dataclass(frozen=True)
class Layer:
    """One operator. function, arguments: of its kernel, None for a view, which needs no code;
    fields: the kernel's parameters; output, output_bytes: where its first output lies, and its
    size, 0 where it writes variables alone; further: its other outputs. label: of its step;
    control: of a branch or loop, what it runs. library_scratch: bytes of scratch that were planned
    for the function of a vendor's library; 0 for other kernels.
    """

    index: int
    label: str
    title: str
    shapes: str
    function: str | None
    fields: list[Field]
    arguments: Arguments | None
    output: Place
    output_bytes: int
    control: LoopLayers | BranchLayers | None = None
    further: tuple[FurtherOutput, ...] = ()
    library_scratch: int = 0

    @property
    def written_bytes(self) -> int:
        """Bytes of all its outputs."""
        return self.output_bytes + sum(part.nbytes for part in self.further)


@dataclass(frozen=True)
class FurtherOutput:
    """An output behind a layer's first one. start: bytes of the outputs before it."""

    place: Place
    start: int
    nbytes: int


@dataclass(frozen=True)
class Start:
    """A carried value of a loop before the first step: `nbytes` bytes at `target`, those of `source`,
    or all of them `fill` where there is none.
    """

    target: Operand
    nbytes: int
    source: Operand | None
    fill: int = 0


@dataclass(frozen=True)
class LoopLayers:
    """A loop. steps: how often it runs, None where `more`, a bool that `cond` computes, says so;
    counter: the C variable with the number of the step; starts: carried values before the first.
    """

    steps: int | None
    counter: str
    starts: list[Start]
    cond: list[Layer]
    more: Operand | None
    body: list[Layer]

    @property
    def inner(self) -> list[Layer]:
        """The layers of both regions."""
        return [*self.cond, *self.body]


@dataclass(frozen=True)
class BranchLayers:
    """A branch: `then` where the bool `chosen` holds."""

    chosen: Operand
    then: list[Layer]
    otherwise: list[Layer]

    @property
    def inner(self) -> list[Layer]:
        """The layers of both regions."""
        return [*self.then, *self.otherwise]


@dataclass(frozen=True)
class StageLayer:
    """One stage of a fused pipeline.

    layer: the layer that the stage computes; its arguments and output are those of one firing.
    kept: a phrase for a comment in C that says how many output rows the line buffer holds.
    rows, row_bytes: the output rows of a firing, and the bytes of one row.
    """

    layer: Layer
    kept: str
    rows: FiringRows
    row_bytes: int


@dataclass(frozen=True)
class PipelineLayers:
    """A fused pipeline.

    firings: the stage of each firing in order, as lines of numbers; table: the index of the first pipeline
    that has the same, whose array it reads; memory_bytes: of line buffers and scratch; spared_bytes: of
    the tensors between stages, which are never stored whole; fed: whether its first stage is rows of the
    input, which the application gives.
    """

    index: int
    stages: list[StageLayer]
    firings: list[str]
    table: int
    memory_bytes: int
    spared_bytes: int
    fed: bool


@dataclass(frozen=True)
class FedPass:
    """What is taken of the input's rows, which come once for each pipeline that starts with them.

    layer: the step that stands for them; pipeline: that takes them; first, elements, nbytes: what it
    takes of a row; place: where the next row of that goes.
    """

    layer: int
    pipeline: int
    first: int
    elements: int
    nbytes: int
    place: Place


@dataclass(frozen=True)
class FedInput:
    """The input that comes row by row, all rows once for each of `passes`. stages: the most of a
    pipeline that takes them.
    """

    rows: int
    row_bytes: int
    row_elements: int
    passes: list[FedPass]
    stages: int

    @property
    def rows_in_all(self) -> int:
        """The rows of all passes."""
        return self.rows * len(self.passes)


@dataclass(frozen=True)
class AffineInput:
    """A float input that a kernel quantizes, each feature with its own scale. fields: the kernel's
    parameters.
    """

    index: int
    function: str
    fields: list[Field]


@dataclass(frozen=True)
class ConstantOutput:
    """A model output that is constant, and is copied into the arena after the last layer. array:
    the constant that holds it.
    """

    index: int
    array: str
    elements: int
    target: Operand


@dataclass(frozen=True)
class InitialValue:
    """A variable before the first inference: `nbytes` bytes of the state from `offset` on, those of a
    constant array, or all of them `fill` where there is none.
    """

    title: str
    offset: int
    nbytes: int
    array: str
    fill: int
