"""The arena's rows: no box and no label lies over another, whatever overlaps in memory."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from dead_channels.planted import network

from edgeq.codegen.native import render_native
from edgeq.graph import read_tflite
from edgeq.plan import lower, plan_arena
from edgeq.report import gather
from edgeq.report.arena_rows import ARENA, CHARACTER, MOST_ROWS, Box, Row, arena_rows
from edgeq.report.memory_blocks import Block, memory_blocks, row_names

STEPS = {-1: "before", **{k: f"{k} WORK" for k in range(6)}, 6: "after"}


def extent(box: Box) -> tuple[float, float]:
    """What a box with its label takes of its lane."""
    end = box.label_x + CHARACTER * len(box.label)
    return min(box.x, box.label_x), max(box.x + box.width, end)


def collisions(row: Row) -> list[tuple[str, str]]:
    """Pairs of a row's boxes that share a pixel of a lane."""
    return [
        (a.label, b.label)
        for a, b in combinations(row.boxes, 2)
        if a.lane == b.lane
        and max(extent(a)[0], extent(b)[0]) < min(extent(a)[1], extent(b)[1]) - 1e-6
    ]


def random_blocks(seed: int) -> list[Block]:
    """Buffers at any place, of any size and life, with long and short names."""
    rng = np.random.default_rng(seed)
    blocks = []
    for k in range(12):
        start, first = int(rng.integers(0, 900)), int(rng.integers(-1, 6))
        size, last = int(rng.integers(1, 1000 - start + 1)), int(rng.integers(first, 7))
        name = "n" * int(rng.integers(1, 60))
        blocks.append(Block(f"t{k}", name, start, size, first, last, bool(rng.integers(2))))
    return blocks


@pytest.mark.parametrize("seed", range(20))
def test_nothing_lies_over_anything_else(seed: int) -> None:
    drawn = arena_rows(random_blocks(seed), STEPS, 1000)
    assert [row.name for row in drawn.rows] == list(STEPS.values())
    for row, below in zip(drawn.rows, (*drawn.rows[1:], None), strict=True):
        assert collisions(row) == []
        assert below is None or row.y + row.height < below.y
        assert all(box.lane < 12 for box in row.boxes)


@pytest.mark.parametrize("name", ["kws_ref_model", "pretrainedResnet_quant", "ad01_int8"])
def test_no_label_of_a_model_is_lost(shared_models: Path, name: str) -> None:
    program = lower(read_tflite(shared_models / f"{name}.tflite").main)
    plan = plan_arena(program)
    blocks = memory_blocks(program, plan)
    drawn = arena_rows(blocks, row_names(program), plan.arena_bytes)
    labelled = {box.label.split()[0] for row in drawn.rows for box in row.boxes}
    assert labelled == {block.label for block in blocks}
    for row in drawn.rows:
        assert collisions(row) == []
        assert all(extent(box)[0] >= 0 and extent(box)[1] <= ARENA + 60 for box in row.boxes)


def test_what_shares_bytes_is_drawn_apart_the_written_above() -> None:
    blocks = [Block("t0", "x", 0, 100, -1, 0), Block("t1", "y", 20, 80, 0, 1)]
    row = next(r for r in arena_rows(blocks, STEPS, 100).rows if r.name == "0 WORK")
    assert {box.label: (box.lane, box.written) for box in row.boxes} == {
        "t1 y: 80": (0, True),
        "t0 x: 100": (1, False),
    }
    assert row.alive == 100


def test_a_label_without_room_stands_beside_its_box() -> None:
    drawn = arena_rows([Block("t0", "name", 0, 1, 0, 0)], STEPS, 1000)
    (box,) = next(r for r in drawn.rows if r.name == "0 WORK").boxes
    assert (box.label, box.outside) == ("t0 name: 1", True)
    drawn = arena_rows([Block("t0", "name", 999, 1, 0, 0)], STEPS, 1000)
    (box,) = next(r for r in drawn.rows if r.name == "0 WORK").boxes
    assert (box.label, box.label_x < box.x) == ("t0", True)


def test_of_many_steps_those_around_the_peak_are_drawn() -> None:
    steps = {k: str(k) for k in range(1000)}
    drawn = arena_rows([Block("t0", "x", 0, 9, 700, 700)], steps, 9)
    assert (len(drawn.rows), drawn.left_out) == (MOST_ROWS, 1000 - MOST_ROWS)
    assert "700" in [row.name for row in drawn.rows if row.alive]


@pytest.mark.parametrize("seed", range(4))
def test_the_arena_is_that_of_the_generated_code(seed: int) -> None:
    """Channels that no output depends on are left out of both."""
    model = network(seed)
    engine, drawn = render_native(model, "m"), gather.memory(model.main)
    assert engine.live.kept
    assert drawn.rows.arena_bytes == engine.arena_bytes
    assert sorted(b.nbytes for b in drawn.blocks if b.scratch) == sorted(
        engine.program.steps[k].scratch_bytes for k in engine.plan.scratch
    )
