"""docs/schedule.md: its example is computed again, and what it draws and quotes is compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from draw_schedule import draw
from plan.checked import checked_plan
from plan.networks import Network

from edgeq.graph import Graph
from edgeq.plan import Program, Schedule, lower
from edgeq.plan.check import check_bytes
from edgeq.plan.lower import lower_whole
from edgeq.plan.wrong_plan import WrongPlanError

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "schedule.md").read_text()


def example() -> Graph:
    """Two 3x3 layers: 12 rows of 12 pixels of 2 channels become 12 channels, then 2 again."""
    net = Network(np.random.default_rng(0))
    wide = net.filter(net.input(12, 12, 2), 12, (3, 3))
    return net.model(net.filter(wide, 2, (3, 3))).main


def fused() -> Program:
    program = lower(example())
    assert len(program.schedule.pipelines) == 1
    return program


def refusal(program: Program) -> str:
    with pytest.raises(WrongPlanError) as caught:
        check_bytes(program, checked_plan(fused()))
    return f"{caught.value.what} — {caught.value.why}"


def test_the_drawing_is_that_of_the_example() -> None:
    program = fused()
    drawn = draw(program, checked_plan(program), program.schedule.pipelines[0])
    assert f"```\n{drawn}```\n" in DOCUMENT, drawn


def test_the_arenas_are_those_of_the_example() -> None:
    whole, fused_ = (checked_plan(p).arena_bytes for p in (lower_whole(example()), fused()))
    assert f"{whole:,} bytes of arena" in DOCUMENT
    assert f"to {fused_:,}" in DOCUMENT


def test_what_the_checker_says_is_quoted() -> None:
    """Of a line buffer of two rows, of a firing before its last row exists, and of an output a word
    nearer to the input.
    """
    program = fused()
    (pipeline,), plan = program.schedule.pipelines, checked_plan(program)
    (x,), (y,) = program.graph.inputs, program.graph.outputs
    two = {
        t: lines._replace(rows=2) if lines.place is None else lines
        for t, lines in pipeline.line_buffers.items()
    }
    firings = list(pipeline.firings)
    early = next(firing for firing in firings if firing.stage == 1)
    firings.remove(early)
    firings.insert(1, early)
    for wrong in (
        replace(pipeline, line_buffers=two),
        replace(pipeline, firings=tuple(firings)),
    ):
        assert refusal(replace(program, schedule=Schedule((wrong,)))) in DOCUMENT
    up = plan.offsets[x] - pipeline.in_place_offsets[x] + 4
    nearer = replace(plan, offsets={**plan.offsets, y: up}, arena_bytes=plan.arena_bytes + 4)
    with pytest.raises(WrongPlanError) as caught:
        check_bytes(program, nearer)
    assert f"{caught.value.what} — {caught.value.why}" in DOCUMENT
