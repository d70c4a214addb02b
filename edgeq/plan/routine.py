"""From a region to its calls: what it shares with the operator that runs it are variables, which lie
outside of the region's memory.

A value that the region gives is written to its place at once by the operator that computes it, where
every reader of what lay there before comes earlier; else it is copied there at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from edgeq.graph import Graph, Op, Tensor
from edgeq.graph.variables import ASSIGN, READ
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Region
from edgeq.ops import needed_nodes, operator, resolve
from edgeq.plan.arena import plan_arena
from edgeq.plan.check import check_rows
from edgeq.plan.control import Outside, Routine
from edgeq.plan.joint import improve_jointly
from edgeq.plan.order import order_steps
from edgeq.plan.program import Program, Step

MakeStep = Callable[[Graph, Node], Step]


@dataclass(frozen=True)
class Result:
    """A tensor of a region, `made`, whose value goes to the variable `target`, a tensor of the region too."""

    made: int
    target: int


def make_routine(
    region: Region,
    outside: Mapping[int, Outside],
    results: Sequence[Result],
    kept: Sequence[int],
    make_step: MakeStep,
) -> Routine:
    """The calls that compute the results, and the tensors `kept`, which stay in the region's memory.

    outside: where variables lie: inputs of the region, and targets, which may be new tensors behind
    the region's own. make_step: of a graph's node.
    """
    rewriting = _Rewriting(region, outside, results, kept)
    graph, nodes = rewriting.graph()
    steps = tuple(make_step(graph, node) for node in nodes)
    program = improve_jointly(order_steps(Program(graph, steps)))
    plan = plan_arena(program)
    check_rows(program, plan)
    return Routine(program, plan, {t: outside[t] for t in graph.states})


class _Rewriting:
    """A region's operators under way to work on variables.

    ops: the operators with the nodes that they had, None for copies. same: tensor -> the variable
    whose bytes it is.
    """

    def __init__(
        self,
        region: Region,
        outside: Mapping[int, Outside],
        results: Sequence[Result],
        kept: Sequence[int],
    ) -> None:
        graph = region.graph
        self.tensors = list(graph.tensors)
        for target in (r.target for r in results if r.target >= len(graph.tensors)):
            source = next(r.made for r in results if r.target == target)
            self.tensors.append(replace(graph.tensors[source], buffer=None))
        self.variables = set(outside)
        for t in self.variables:
            self.tensors[t] = replace(self.tensors[t], buffer=None, variable=True)
        self.kept = tuple(kept)
        self.same = dict[int, int]()
        self.ops = list[tuple[Op, Node | None]]()
        self.copies = dict[int, int]()
        wanted = [r.made for r in results] + list(kept)
        for node in needed_nodes(graph, region.nodes, wanted):
            self._take(graph.ops[node.index], node)
        self.kept = tuple(self._in_memory(self.same.get(t, t)) for t in kept)
        self._assign(results)

    def graph(self) -> tuple[Graph, tuple[Node, ...]]:
        """The graph on variables, and its nodes."""
        front = [Op(READ, (x,), (y,)) for x, y in self.copies.items()]
        ops = (*front, *(op for op, _ in self.ops))
        graph = Graph(tuple(self.tensors), ops, (), self.kept)
        given: list[Node | None] = [*(None for _ in front), *(node for _, node in self.ops)]
        nodes = (
            resolve(graph, index) if node is None else replace(node, index=index)
            for index, node in enumerate(given)
        )
        return graph, tuple(nodes)

    def _take(self, op: Op, node: Node) -> None:
        """Adds an operator; a view of a whole variable is that variable, one of a part is of a copy."""
        op = replace(op, inputs=tuple(self.same.get(t, t) for t in op.inputs))
        call = operator(node.kind).kernel(node)
        if isinstance(call, View) and op.inputs[call.input] in self.variables:
            variable = op.inputs[call.input]
            if not any(call.offsets):
                self.same |= dict.fromkeys(op.outputs, variable)
                return
            copy = self._in_memory(variable)
            op = replace(op, inputs=tuple(copy if t == variable else t for t in op.inputs))
        self.ops.append((op, node))

    def _in_memory(self, t: int) -> int:
        """A tensor, or of a variable a copy that is made before the first operator."""
        if t not in self.variables:
            return t
        if t not in self.copies:
            self.tensors.append(replace(self.tensors[t], variable=False))
            self.copies[t] = len(self.tensors) - 1
        return self.copies[t]

    def _assign(self, results: Sequence[Result]) -> None:
        """Writes each result to its variable."""
        found = [Result(self.same.get(r.made, r.made), r.target) for r in results]
        copied, targets = list[Op](), {result.target for result in found}
        for result in found:
            if result.made == result.target:
                continue
            alone = sum(other.made == result.made for other in found) == 1
            if alone and result.made not in self.kept and self._is_written_directly(result):
                self._rename(result)
            else:
                overwritten = result.made in targets
                source = self._in_memory(result.made) if overwritten else result.made
                copied.append(Op(ASSIGN, (result.target, source), (result.target,)))
        self.ops += [(op, None) for op in copied]

    def _is_written_directly(self, result: Result) -> bool:
        """Whether the operator that computes a result may write it over the variable."""
        users = [k for k, (op, _) in enumerate(self.ops) if result.made in op.outputs]
        if len(users) != 1:
            return False
        at = users[0]
        views = (
            op
            for op, node in self.ops
            if node is not None and isinstance(operator(node.kind).kernel(node), View)
        )
        if any(result.made in (*op.inputs, *op.outputs) for op in views):
            return False
        if any(result.target in op.inputs for op, _ in self.ops[at + 1 :]):
            return False
        op, node = self.ops[at]
        if len(op.outputs) != 1:
            return False
        if result.target not in op.inputs:
            return True
        call = None if node is None else operator(node.kind).kernel(node)
        return isinstance(call, KernelCall) and _in_place(op, call, result)

    def _rename(self, result: Result) -> None:
        new = {result.made: result.target}
        self.ops = [
            (
                replace(
                    op,
                    inputs=tuple(new.get(t, t) for t in op.inputs),
                    outputs=tuple(new.get(t, t) for t in op.outputs),
                ),
                node,
            )
            for op, node in self.ops
        ]


def _in_place(op: Op, call: KernelCall, result: Result) -> bool:
    """Whether a kernel may write a result over the variable that it reads, byte by byte."""
    if op.outputs[0] != result.made:
        return False
    for position, offset in zip(call.inputs, call.overlap, strict=True):
        if op.inputs[position] == result.target and (
            offset is None or (offset != 0 if call.exact else offset > 0)
        ):
            return False
    return True


def uniform_byte(tensor: Tensor) -> int | None:
    """The byte that all bytes of a constant are; None where they differ."""
    held = set(tensor.buffer or b"")
    return held.pop() if len(held) == 1 else None
