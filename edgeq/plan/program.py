"""What lowering gives and planning takes: the calls that the firmware makes, one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edgeq.graph import Graph
from edgeq.opkit.contract import KernelCall, Node, View
from edgeq.opkit.input_front import Front
from edgeq.opkit.rows import RowForm


class Turn(NamedTuple):
    """A step of a chain, counted within it, computes so many rows of its output from row `first` on."""

    step: int
    first: int
    rows: int

    @property
    def end(self) -> int:
        return self.first + self.rows


class Ring(NamedTuple):
    """The latest rows of a tensor within a chain: row r lies `start + r % rows * row_bytes` behind `place`.

    place: a tensor that the chain leaves whole, in whose bytes the rows lie, or None for the chain's own memory.
    """

    place: int | None
    start: int
    rows: int
    row_bytes: int


@dataclass(frozen=True)
class Chain:
    """Steps that run row by row in turns, so that of the tensors between them only a few rows exist at a time.

    first, last: its steps, both included. forms: how each computes rows; it is the form's call that the step makes.
    rings: of every tensor that a step reads or writes. memory_bytes: for rings and then, from byte `scratch` on, the
    scratch of whichever step has its turn. overlap: tensors that the chain reads whole -> the least distance in bytes
    that its output must start below them for all rows to be read before they are overwritten.
    """

    first: int
    last: int
    forms: tuple[RowForm, ...]
    rings: Mapping[int, Ring]
    turns: tuple[Turn, ...]
    scratch: int
    memory_bytes: int
    overlap: Mapping[int, int]

    @property
    def steps(self) -> range:
        return range(self.first, self.last + 1)


@dataclass(frozen=True)
class Step:
    """One operator of the program: its node, what it does in C, and the tensor indices that it reads and writes."""

    node: Node
    call: KernelCall | View
    reads: tuple[int, ...]  # the computed tensors that the call touches
    writes: tuple[int, ...]
    chain: Chain | None = None  # the steps that this one stands for, see `Program.with_chains_as_steps`

    @property
    def scratch_bytes(self) -> int:
        return 0 if isinstance(self.call, View) else self.call.scratch_bytes


@dataclass(frozen=True)
class Program:
    """The steps of a graph in the order in which they run; tensors that could be computed ahead are constants.

    The graph keeps the file's order of operators; `step.node.index` is a step's operator in it. Steps in `chains`,
    which are in order and disjoint, run row by row. floor_bytes: what no arena can go below in any order of the steps
    while all tensors exist whole. row_floor_bytes: what none can go below in this order, whatever runs row by row.
    fronts: what is computed as data is put in, before the graph's integer inputs exist.
    """

    graph: Graph
    steps: tuple[Step, ...]
    chains: tuple[Chain, ...] = ()
    floor_bytes: int = 0
    row_floor_bytes: int = 0
    fronts: tuple[Front, ...] = ()

    def chain_of(self, step: int) -> Chain | None:
        """The chain that a step is in."""
        return next((chain for chain in self.chains if step in chain.steps), None)

    def with_chains_as_steps(self) -> Program:
        """Each chain as one step, whose scratch are its rings: what chains are to a planner of whole tensors."""
        steps, at = list[Step](), 0
        for chain in self.chains:
            steps += [*self.steps[at : chain.first], self._chain_as_step(chain)]
            at = chain.last + 1
        return Program(self.graph, (*steps, *self.steps[at:]))

    def _chain_as_step(self, chain: Chain) -> Step:
        last = self.steps[chain.last]
        call = KernelCall("", {}, (), chain.memory_bytes, ())
        return Step(last.node, call, tuple(chain.overlap), last.writes, chain)
