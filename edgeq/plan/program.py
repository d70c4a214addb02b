"""What lowering gives and planning takes: the calls that the firmware makes, one after the other."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.graph import Graph
from edgeq.opkit.contract import KernelCall, Node, View


@dataclass(frozen=True)
class Step:
    """One operator of the program: its node, what it does in C, and the tensor indices that it reads and writes."""

    node: Node
    call: KernelCall | View
    reads: tuple[int, ...]  # the computed tensors that the call touches
    writes: tuple[int, ...]

    @property
    def scratch_bytes(self) -> int:
        return 0 if isinstance(self.call, View) else self.call.scratch_bytes


@dataclass(frozen=True)
class Program:
    """The steps of a graph in the order in which they run; tensors that could be computed ahead are constants.

    The graph keeps the file's order of operators; `step.node.index` is a step's operator in it.
    """

    graph: Graph
    steps: tuple[Step, ...]
