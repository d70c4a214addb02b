"""The order of steps: legal, never worse than the file's, the best of all on small graphs, and
harmless downstream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from ops.harness import constant, quantized
from plan.checked import checked_plan
from plan.jobs import Job, Work, jobs, program

from edgeq.graph import Graph, Model, Op
from edgeq.plan import Program, lower
from edgeq.plan.liveness import find_work, peak_of
from edgeq.plan.order import _beam, best_order, order_steps
from edgeq.verify import verify


def legal_orders(work: Program, done: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """All orders in which tensors are written before they are read."""
    if len(done) == len(work.steps):
        yield done
    written = {*work.graph.inputs, *(t for k in done for t in work.steps[k].writes)}
    for k, step in enumerate(work.steps):
        if k not in done and set(step.reads) <= written:
            yield from legal_orders(work, (*done, k))


def is_legal(work: Program) -> bool:
    """Whether every tensor is written before it is read."""
    written = set(work.graph.inputs)
    for step in work.steps:
        if not set(step.reads) <= written:
            return False
        written |= set(step.writes)
    return True


def indices(work: Program) -> tuple[int, ...]:
    return tuple(step.node.index for step in work.steps)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(jobs(steps=6))
def test_the_best_of_all_orders_is_found(job: Job) -> None:
    work = program(job)
    known = find_work(work)
    peaks = {order: peak_of(known, order) for order in legal_orders(work)}
    given = peak_of(known, range(len(work.steps)))
    least, order = best_order(known, given)
    assert least
    assert (peaks[order] if order else given) == min(peaks.values())
    beam = _beam(known, given)
    assert beam is None or (beam in peaks and peaks[beam] < given)


@settings(max_examples=80, deadline=None)
@given(jobs(steps=7))
def test_an_order_is_legal_never_worse_and_always_the_same(job: Job) -> None:
    work = program(job)
    ordered = order_steps(work)
    assert ordered.graph == work.graph
    assert sorted(indices(ordered)) == list(range(len(work.steps)))
    assert is_legal(ordered)
    assert checked_plan(ordered).arena_bytes <= checked_plan(work).arena_bytes
    assert indices(order_steps(work)) == indices(ordered)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(jobs(steps=7))
def test_the_peak_of_an_order_is_the_bound_of_its_plan(job: Job) -> None:
    """Two ways to count the same: sets of steps done here, lifetimes there; a plan may prove that
    it takes more.
    """
    work = program(job)
    plan = checked_plan(work)
    assert 4 * peak_of(find_work(work), range(len(work.steps))) <= plan.overlap_bound_bytes


def branches(count: int, wide: int, narrow: int) -> Job:
    """The file has all the wide tensors of parallel branches first, then each made narrow, then all
    joined.
    """
    wides = tuple(Work((0,), wide) for _ in range(count))
    narrows = tuple(Work((1 + k,), narrow) for k in range(count))
    joins = (
        Work((count + 1, count + 2), narrow),
        *(Work((count + 3 + k, 2 * count + 1 + k), narrow) for k in range(count - 2)),
    )
    joins = tuple(Work(w.reads, w.nbytes, (None,) * len(w.reads)) for w in joins)
    return Job((16,), (*wides, *narrows, *joins), (3 * count - 1,))


def test_branches_are_finished_one_after_the_other() -> None:
    """In the file's order all three wide tensors are alive at once."""
    work = program(branches(3, 400, 40))
    assert checked_plan(work).arena_bytes == 3 * 400 + 40
    ordered = order_steps(work)
    assert checked_plan(ordered).arena_bytes == 16 + 2 * 40 + 400
    assert indices(ordered) != tuple(range(8))


def test_steps_in_a_row_stay_as_they_are() -> None:
    work = program(Job((40,), tuple(Work((k,), 20 + k) for k in range(50)), (50,)))
    assert order_steps(work).steps == work.steps


@pytest.mark.slow
def test_a_graph_too_wide_for_all_its_sets_gets_a_good_order() -> None:
    """A million sets of 20 branches, where doing one first makes the others no cheaper, are more
    than are looked at.
    """
    work = program(branches(20, 400, 404))
    assert checked_plan(order_steps(work)).arena_bytes <= checked_plan(work).arena_bytes
    known = find_work(work)
    beam = _beam(known, 10**9)
    assert beam is not None
    assert sorted(beam) == list(range(len(work.steps)))
    assert is_legal(replace(work, steps=tuple(work.steps[k] for k in beam)))


def padded_branches() -> Graph:
    """x -> two branches, each padded to 400 bytes and cut back to 12, both added; the file pads
    both first.
    """
    pads = constant("pads", np.array([[8, 9], [8, 8]], np.int32))
    begin, size = (
        constant("begin", np.array([8, 8], np.int32)),
        constant("size", np.array([3, 4], np.int32)),
    )
    tensors = (
        quantized("x", (3, 4)),
        pads,
        begin,
        size,
        quantized("wide a", (20, 20)),
        quantized("wide b", (20, 20)),
        quantized("a", (3, 4)),
        quantized("b", (3, 4)),
        quantized("y", (3, 4), 0.1),
    )
    ops = (
        Op("PAD", (0, 1), (4,), options_type="PadOptions"),
        Op("PAD", (0, 1), (5,), options_type="PadOptions"),
        Op("SLICE", (4, 2, 3), (6,), options_type="SliceOptions"),
        Op("SLICE", (5, 2, 3), (7,), options_type="SliceOptions"),
        Op("ADD", (6, 7), (8,), options_type="AddOptions"),
    )
    return Graph(tensors, ops, (0,), (8,))


@pytest.mark.slow
def test_layers_keep_their_names_and_bytes_in_another_order() -> None:
    graph = padded_branches()
    work = lower(graph)
    assert indices(work) in ((0, 2, 1, 3, 4), (1, 3, 0, 2, 4))
    for step in work.steps:
        assert step.writes == graph.ops[step.node.index].outputs
        assert step.node.name == graph.tensors[step.writes[0]].name
    assert checked_plan(work).arena_bytes < 450
    (target,) = verify(Model((graph,)), samples=4).targets
    assert (target.status, target.bytes_different) == ("ok", 0)
    assert [layer.name for layer in target.layers] == [step.node.name for step in work.steps]
