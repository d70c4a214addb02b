"""What lowering gives and planning takes: the calls that the firmware makes, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from edgeq.graph import Graph, Tensor
from edgeq.opkit.input_affine import InputAffine
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.libraries import Library
from edgeq.opkit.node import Node, Values
from edgeq.opkit.rows import RowKernel
from edgeq.ops import count_macs
from edgeq.plan.control import BranchRoutines, LoopRoutines
from edgeq.plan.schedule import NOTHING_FUSED, Pipeline, Schedule


@dataclass(frozen=True)
class Step:
    """One operator of the program: its node, what it does in C, and the tensor indices that it
    reads and writes.

    reads: the computed tensors that the call touches. Variables are neither in reads nor in writes,
    for they are not in the arena (`edgeq/plan/state.py`). pipeline: of a step that stands for a whole
    pipeline (`Program.with_pipelines_as_steps`), that pipeline. control: of a branch or loop, what it
    runs; its call has no function. feed: of a step that stands for rows of the input, which the
    application gives one after the other (`edgeq/plan/feed.py`), what a firing of it writes.
    """

    node: Node
    call: KernelCall | View
    reads: tuple[int, ...]
    writes: tuple[int, ...]
    pipeline: Pipeline | None = None
    control: LoopRoutines | BranchRoutines | None = None
    feed: RowKernel | None = None

    @property
    def macs(self) -> int | None:
        """Multiply-accumulates of its operator; None where it has no weights, or is no operator."""
        return None if self.feed else count_macs(self.node)

    @property
    def scratch_bytes(self) -> int:
        """Bytes of the arena that the call works in."""
        return 0 if isinstance(self.call, View) else self.call.scratch_bytes


CHANNELS, COLUMNS = -1, -2  # axes of tensors [1, height, width, channels]


def library_of(step: Step) -> Library | None:
    """The vendor's library that computes a step; None where edgeq's kernels do, and for a view."""
    return None if isinstance(step.call, View) else step.call.library


class Block(NamedTuple):
    """Places `first` up to but not with `end` along an axis of a tensor: some of its channels, or of its
    columns.
    """

    tensor: int
    first: int
    end: int
    axis: int = CHANNELS

    def part(self, values: Values) -> Values:
        """Of the values of the whole tensor, those at these places."""
        return np.ascontiguousarray(values.take(range(self.first, self.end), self.axis))


@dataclass(frozen=True)
class Program:
    """The steps of a graph in the order in which they run; tensors that could be computed ahead are
    constants.

    The graph keeps the file's order of operators; `step.node.index` is a step's operator in it.
    schedule: which steps are fused. lower_bound_bytes: no arena is smaller, in any order of the
    steps, while all tensors exist whole. fused_lower_bound_bytes: no arena is smaller in this order
    of the steps, whatever is fused. input_affines: what is computed as data is put in, before the graph's
    integer inputs exist. fed_input: the graph's input that comes row by row, None where all exist whole.
    blocks: computed tensors that stand for some channels of another one, which never exists whole
    (`edgeq/plan/channel_blocks.py`), or for some of its columns (`edgeq/plan/stripes.py`). joined: of
    those that are columns of a tensor that exists whole, in the rows of which they lie, the one that
    has its first columns. recomputed: work of the steps (`edgeq/plan/cost.py`) that is done more than
    once, for columns of several stripes.
    """

    graph: Graph
    steps: tuple[Step, ...]
    schedule: Schedule = NOTHING_FUSED
    lower_bound_bytes: int = 0
    fused_lower_bound_bytes: int = 0
    input_affines: tuple[InputAffine, ...] = ()
    fed_input: int | None = None
    blocks: Mapping[int, Block] = field(default_factory=dict)
    joined: Mapping[int, int] = field(default_factory=dict)
    recomputed: int = 0

    @property
    def fed(self) -> Tensor | None:
        """What is taken row by row, the input or a view of it; None where all inputs exist whole."""
        if self.fed_input is None:
            return None
        (t,) = self.steps[0].writes
        return self.graph.tensors[self.blocks[t].tensor if t in self.blocks else t]

    @property
    def stripes(self) -> tuple[range, ...]:
        """The numbers of the steps of each stripe, which are one pipeline each."""
        found, first = list[range](), -1
        for k, step in enumerate(self.steps):
            (t, *_) = (*step.writes, -1)
            if t not in self.blocks or self.blocks[t].axis != COLUMNS:
                first = -1
                continue
            first = k if first < 0 else first
            if t in self.joined:
                found.append(range(first, k + 1))
                first = -1
        return tuple(found)

    def pixel_bytes(self, t: int) -> int:
        """Bytes from one column of a tensor to the next."""
        _, height, width, _ = self.graph.tensors[t].shape
        return self.graph.tensors[t].nbytes // (height * width)

    def row_bytes(self, t: int) -> int:
        """Bytes from one row of a tensor to the next, as they lie where it exists whole."""
        whole = self.blocks[t].tensor if t in self.joined else t
        return self.pixel_bytes(whole) * self.graph.tensors[whole].shape[2]

    def part_of(self, step: Step) -> str | None:
        """The name of the tensor of which a step writes some channels or columns; None of one that
        writes whole tensors.
        """
        blocks = (self.blocks[t] for t in step.writes if t in self.blocks)
        return next((self.graph.tensors[block.tensor].name for block in blocks), None)

    def scheduled(self, schedule: Schedule) -> Program:
        """The program under a schedule: steps in its pipelines call their row kernels."""
        steps = list(self.steps)
        for pipeline in schedule.pipelines:
            for k, kernel in zip(pipeline.steps, pipeline.kernels, strict=True):
                steps[k] = replace(steps[k], call=kernel.call)
        return replace(self, steps=tuple(steps), schedule=schedule)

    def with_pipelines_as_steps(self) -> Program:
        """Each pipeline as one step whose scratch is the pipeline's memory, for planning as if all
        tensors were whole.
        """
        steps, at = list[Step](), 0
        for pipeline in self.schedule.pipelines:
            steps += [*self.steps[at : pipeline.first], self._as_step(pipeline)]
            at = pipeline.last + 1
        every = (*steps, *self.steps[at:])
        return Program(self.graph, every, blocks=self.blocks, joined=self.joined)

    def _as_step(self, pipeline: Pipeline) -> Step:
        last = self.steps[pipeline.last]
        call = KernelCall("", {}, (), pipeline.memory_bytes, ())
        return Step(last.node, call, tuple(pipeline.in_place_offsets), last.writes, pipeline)
