"""From a graph to the calls that the firmware makes: operators bound, constants folded, kernels
chosen, in order.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Graph, Tensor
from edgeq.opkit.input_affine import find_input_affines, without_input_affines
from edgeq.opkit.libraries import Library
from edgeq.opkit.node import Node
from edgeq.ops import bind, operator
from edgeq.plan.arena import plan_arena
from edgeq.plan.check import check_rows
from edgeq.plan.cost import Cost
from edgeq.plan.divide import fuse_divided
from edgeq.plan.feed import check_extra_macs, check_fed, made_of_real_values, with_fed_input
from edgeq.plan.front import find_front, fuse_within
from edgeq.plan.joint import improve_jointly
from edgeq.plan.library import with_library
from edgeq.plan.lookups import with_lookups
from edgeq.plan.order import order_steps
from edgeq.plan.program import Program
from edgeq.plan.steps import make_step


def lower(
    graph: Graph,
    feed_rows: bool = False,
    max_ram: int | None = None,
    max_extra_macs: float = 0.0,
    library: Library | None = None,
) -> Program:
    """Checks and lowers a graph; its steps run in the order of the file, or in one that needs less
    memory, and as fused pipelines where that pays. The plan of the program is executed row by row
    (`edgeq/plan/check.py`) before it is handed on. Affine operators at the graph's real inputs are
    no steps: see `Program.input_affines`.

    feed_rows: its input comes row by row and never exists whole (`edgeq/plan/feed.py`). max_ram: the
    most bytes of the arena; of pipelines that keep to it, those that add the fewest instructions are
    taken. max_extra_macs: how much of an input's layers may be computed again in stripes
    (`edgeq/plan/stripes.py`), as a part of the multiply-accumulates; without max_ram the schedule of
    the least arena is taken. It needs `feed_rows`. library: whose functions compute the layers that
    it computes to the same bytes, whole.

    Raises what `bind` raises, EdgeqError where the input cannot be fed by rows or no arena is small
    enough, and WrongPlanError, which would be a fault of edgeq.
    """
    program = _unfused(graph, feed_rows, library)
    check_extra_macs(feed_rows, max_extra_macs)
    if max_ram is None and not max_extra_macs:
        fused = fuse_divided(program)
    else:
        fused = fuse_within(program, max_ram, max_extra_macs)
    if feed_rows:
        check_fed(fused)
    check_rows(fused, plan_arena(fused))
    return replace(fused, input_affines=program.input_affines)


def lower_to_front(
    graph: Graph, feed_rows: bool = False, max_extra_macs: float = 0.0
) -> list[tuple[Cost, Program]]:
    """The schedules of a graph of which none takes both less memory and fewer instructions than
    another, with their cost, the least arena first. Raises what `lower` raises.
    """
    check_extra_macs(feed_rows, max_extra_macs)
    front = find_front(_unfused(graph, feed_rows), max_extra_macs)
    if not front:
        lower(graph, feed_rows)  # says why the input cannot be fed
    return front


def _unfused(graph: Graph, feed_rows: bool, library: Library | None = None) -> Program:
    input_affines = find_input_affines(graph)
    if input_affines:
        bind(graph)  # refuses the operators at its inputs as it refuses others
        if feed_rows:
            raise made_of_real_values(graph, input_affines[0])
    program = lower_whole(
        without_input_affines(graph, input_affines) if input_affines else graph, library
    )
    program = with_fed_input(program) if feed_rows else program
    return replace(program, input_affines=input_affines)


def lower_whole(graph: Graph, library: Library | None = None) -> Program:
    """A checked graph as a program whose steps all compute whole tensors, in the order that needs
    the least memory. library: whose functions are called where they compute the same bytes.
    """
    program = in_file_order(graph)
    return improve_jointly(order_steps(with_library(program, library) if library else program))


def in_file_order(graph: Graph) -> Program:
    """A checked graph as a program whose steps all compute whole tensors, in the order of the file."""
    folded, nodes = fold_constants(graph)
    looked_up = with_lookups(folded)
    if looked_up is not folded:
        folded, nodes = looked_up, bind(looked_up)
    return Program(folded, tuple(make_step(folded, node) for node in nodes))


def fold_constants(graph: Graph) -> tuple[Graph, tuple[Node, ...]]:
    """The graph with every operator of constant inputs computed, and the nodes that are left,
    bound.
    """
    while True:
        nodes = bind(graph)
        tensors, ready = list(graph.tensors), set()
        for node in nodes:
            if node.inputs and all(t is None or t.constant for t in node.inputs):
                ready.add(node.index)
                _fold(graph, node, tensors)
        if not ready:
            return graph, nodes
        kept = tuple(op for i, op in enumerate(graph.ops) if i not in ready)
        graph = replace(graph, tensors=tuple(tensors), ops=kept)


def _fold(graph: Graph, node: Node, tensors: list[Tensor]) -> None:
    values = [None if t is None else t.array[None] for t in node.inputs]
    results = operator(node.kind).simulate(node, *values)
    results = results if isinstance(results, tuple) else (results,)
    for index, tensor, value in zip(
        graph.ops[node.index].outputs, node.outputs, results, strict=True
    ):
        tensors[index] = replace(tensor, buffer=np.ascontiguousarray(value[0]).tobytes())
