"""Chains: neighbouring operators that work on each element by itself and lead from one tensor to
another, such as EXP, ADD and LOG of "softplus".

Whatever lies between the two ends, each element of the last tensor is a function of the element of
the first one at its place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from edgeq.graph import Graph, Op

MOST_OPERATORS = 64


@dataclass(frozen=True)
class Chain:
    """ops: positions in the graph, in their order; x, y: the first and the last tensor."""

    ops: tuple[int, ...]
    x: int
    y: int


def find_chains(
    graph: Graph,
    elementwise: Callable[[Op], bool],
    worth: Callable[[Chain], int],
) -> tuple[Chain, ...]:
    """Chains that share no operator, found from the last operator to the first.

    elementwise: whether an operator works on each element by itself.
    worth: how much a chain is worth, 0 where it is none that is looked for. Of those with the same
        last operator, the shortest one that is worth most is taken.
    Time grows with the number of operators times `MOST_OPERATORS`.
    """
    finder = _Finder(graph, elementwise)
    found, taken = list[Chain](), set[int]()
    for last in reversed(range(len(graph.ops))):
        chain = None if last in taken else finder.chain(last, taken, worth)
        if chain is not None:
            found.append(chain)
            taken.update(chain.ops)
    return tuple(reversed(found))


class _Finder:
    """A graph with who makes and who reads each tensor."""

    def __init__(self, graph: Graph, elementwise: Callable[[Op], bool]) -> None:
        self.graph = graph
        self.maker = {t: k for k, op in enumerate(graph.ops) for t in op.outputs}
        self.readers: dict[int, set[int]] = {}
        for k, op in enumerate(graph.ops):
            for t in op.inputs:
                self.readers.setdefault(t, set()).add(k)
        self.fits = [self._fits(op) and elementwise(op) for op in graph.ops]

    def _fits(self, op: Op) -> bool:
        """Whether all of an operator's tensors are as large as its output, or single constants."""
        tensors = self.graph.tensors
        if len(op.outputs) != 1 or min(op.inputs, default=-1) < 0:
            return False
        size = tensors[op.outputs[0]].size
        given = [tensors[t] for t in op.inputs]
        return all(t.size == (1 if t.constant else size) for t in given)

    def _computed(self, k: int) -> set[int]:
        op, states = self.graph.ops[k], self.graph.states
        return {t for t in op.inputs if not self.graph.tensors[t].constant or t in states}

    def chain(
        self, last: int, taken: Collection[int], worth: Callable[[Chain], int]
    ) -> Chain | None:
        """The chain that ends with an operator, None where there is none."""
        if not self.fits[last]:
            return None
        ops, ends, found, most = {last}, self._computed(last), None, 0
        y = self.graph.ops[last].outputs[0]
        while ends:
            if len(ends) == 1:
                chain = Chain(tuple(sorted(ops)), min(ends), y)
                if worth(chain) > most:
                    found, most = chain, worth(chain)
            t = max(ends, key=lambda end: self.maker.get(end, -1))
            k = self.maker.get(t, -1)
            inner = self.readers[t] <= ops and t not in self.graph.outputs
            full = len(ops) == MOST_OPERATORS
            if full or k < 0 or k in taken or not inner or not self.fits[k]:
                break
            ops.add(k)
            ends = (ends - {t}) | self._computed(k)
        return found
