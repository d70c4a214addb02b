"""The step of a branch or loop: to the rest of the program one call, which works in scratch memory in
which its regions have theirs.
"""

from __future__ import annotations

from collections.abc import Iterable

from edgeq.graph import Graph
from edgeq.opkit.kernel_call import Branch, KernelCall, Loop
from edgeq.opkit.loops import depends_on
from edgeq.opkit.node import Node, Region
from edgeq.plan.control import BranchRoutines, LoopRoutines, Outside, Routine
from edgeq.plan.program import Step
from edgeq.plan.routine import MakeStep, Result, make_routine, uniform_byte


def loop_step(graph: Graph, node: Node, loop: Loop, make_step: MakeStep) -> Step:
    """The step of a loop. What the body gives back as it was, and the number of the step, are not
    carried unless their outputs are read.
    """
    cond, body, op = node.region(loop.cond), node.region(loop.body), graph.ops[node.index]
    read = _read(graph)
    used = {p for p, t in enumerate(op.outputs) if t in read}
    live = _live(cond, body, used, always=loop.counted is None)
    inner = body.graph
    kept = {p for p in live if inner.outputs[p] == inner.inputs[p]} - used
    counters = {
        p for p in live - used if loop.counted is not None and loop.counted.counts_from_zero(p)
    }
    carried = sorted(live - kept - counters)

    def outside(region: Region) -> dict[int, Outside]:
        places = {p: Outside("output", p) for p in carried}
        places |= {p: Outside("input", p) for p in kept} | {p: Outside("step") for p in counters}
        return {region.graph.inputs[p]: place for p, place in places.items()}

    results = [Result(inner.outputs[p], inner.inputs[p]) for p in carried]
    routine = make_routine(body, outside(body), results, (), make_step)
    test = None
    if loop.counted is None:
        test = make_routine(cond, outside(cond), (), cond.graph.outputs, make_step)
    steps = None if loop.counted is None else loop.counted.steps
    control = LoopRoutines(steps, test, routine, tuple(carried))
    started = [p for p in carried if not _is_uniform(node, p)]
    inputs = sorted({*started, *_inputs_of(r for _, r in control.routines)})
    return _step(graph, node, inputs, tuple(op.outputs[p] for p in carried), control)


def branch_step(graph: Graph, node: Node, branch: Branch, make_step: MakeStep) -> Step:
    """The step of a branch."""
    op, read = graph.ops[node.index], _read(graph)
    used = [p for p, t in enumerate(op.outputs) if t in read] or [0]

    def routine(region: Region) -> Routine:
        inner = region.graph
        new = {p: len(inner.tensors) + k for k, p in enumerate(used)}
        places = {t: Outside("input", p + 1) for p, t in enumerate(inner.inputs)}
        places |= {t: Outside("output", p) for p, t in new.items()}
        results = [Result(inner.outputs[p], t) for p, t in new.items()]
        return make_routine(region, places, results, (), make_step)

    control = BranchRoutines(
        routine(node.region(branch.then)), routine(node.region(branch.otherwise))
    )
    inputs = sorted({0, *_inputs_of(r for _, r in control.routines)})
    return _step(graph, node, inputs, tuple(op.outputs[p] for p in used), control)


def _step(
    graph: Graph,
    node: Node,
    inputs: list[int],
    writes: tuple[int, ...],
    control: LoopRoutines | BranchRoutines,
) -> Step:
    scratch = max(routine.plan.arena_bytes for _, routine in control.routines)
    call = KernelCall("", {}, tuple(inputs), scratch, (None,) * len(inputs))
    op, states = graph.ops[node.index], graph.states
    given = dict.fromkeys(op.inputs[p] for p in inputs)
    reads = tuple(t for t in given if not graph.tensors[t].constant and t not in states)
    return Step(node, call, reads, tuple(t for t in writes if t not in states), control=control)


def _read(graph: Graph) -> set[int]:
    return {*graph.outputs, *graph.states, *(t for op in graph.ops for t in op.inputs)}


def _live(cond: Region, body: Region, used: set[int], *, always: bool) -> set[int]:
    """Positions of the values that outputs depend on at any step, or where `always` the condition."""
    found, ahead = set[int](), set(used)
    if always:
        ahead |= depends_on(cond.graph, cond.graph.outputs)
    while ahead:
        found |= ahead
        ahead = depends_on(body.graph, [body.graph.outputs[p] for p in ahead]) - found
    return found


def _is_uniform(node: Node, position: int) -> bool:
    tensor = node.input(position)
    return tensor.constant and uniform_byte(tensor) is not None


def _inputs_of(routines: Iterable[Routine]) -> set[int]:
    """Positions of the operator's inputs in which values of routines lie."""
    return {
        place.position
        for routine in routines
        for place in routine.outside.values()
        if place.side == "input"
    }
