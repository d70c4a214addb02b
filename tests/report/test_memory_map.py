"""The memory map: every buffer at its place and steps, in 80 columns, deterministic."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from plan.jobs import Job, Work, program

from edgeq.cli import run
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Tensor, read_tflite
from edgeq.plan import Program, lower, plan_arena
from edgeq.report.memory_blocks import Block, memory_blocks, occupied
from edgeq.report.memory_map import BAR, draw_map, terminal_map

WORK = program(
    Job((40,), (Work((0,), 40, (0,)), Work((1,), 0, view=True), Work((2,), 80, scratch=8)), (3,))
)
PLAN = plan_arena(WORK)
KWS = "kws_ref_model.tflite"


def lines(work: Program) -> list[str]:
    return terminal_map(work, plan_arena(work)).plain.splitlines()


def test_blocks_are_the_plans_buffers_without_views() -> None:
    blocks = {b.label: b for b in memory_blocks(WORK, PLAN)}
    assert set(blocks) == {"t0", "t1", "t3", "s2"}
    assert (blocks["t1"].first, blocks["t1"].last) == (0, 2)
    assert (blocks["s2"].start, blocks["s2"].nbytes, blocks["s2"].scratch) == (
        PLAN.scratch[2],
        8,
        True,
    )
    assert all(b.end <= PLAN.arena_bytes for b in blocks.values())


def test_a_row_shows_what_lies_where() -> None:
    """An input of 40 bytes, an output of 80 and scratch of 8 make 128 bytes: three columns per
    eight bytes.
    """
    shown = lines(WORK)
    assert f"{PLAN.arena_bytes:,} bytes" in shown[0]
    row = next(line for line in shown if line.startswith("  2 WORK"))
    assert all(label in row for label in ("t1", "t3", "s2"))
    assert row.count("▒") + len("t3") in (30, 31)
    assert "█" not in row
    assert row.endswith("     128")


def test_an_output_over_its_input_is_seen() -> None:
    row = next(
        line for line in lines(program(Job((40,), (Work((0,), 40, (0,)),), (1,)))) if "WORK" in line
    )
    assert row.count("█") + len("t0t1") == BAR
    assert row.endswith("      40")


def test_bytes_that_two_share_count_once() -> None:
    blocks = [Block("a", "", 0, 10, 0, 0), Block("b", "", 4, 10, 0, 0), Block("c", "", 20, 5, 0, 0)]
    assert occupied(blocks) == 14 + 5


def test_the_terminal_map_of_a_model_fits_80_columns(
    shared_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["inspect", str(shared_models / KWS), "--memory-map"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in shown) <= 80
    rows = [line for line in shown if re.match(r" +\d+ [A-Z]", line)]
    assert len(rows) == 13
    work = lower(read_tflite(shared_models / KWS).main)
    for block in memory_blocks(work, plan_arena(work)):
        assert any(line.startswith(f"{block.label} ") for line in shown), (
            "every buffer is in the list"
        )


@pytest.mark.slow
def test_the_picture_holds_every_label_and_is_the_same_every_time(
    shared_models: Path, tmp_path: Path
) -> None:
    path = tmp_path / "map.svg"
    assert run(["inspect", str(shared_models / KWS), "--memory-map", str(path), "--quiet"]) == 0
    text = path.read_text()
    ElementTree.fromstring(text)
    work = lower(read_tflite(shared_models / KWS).main)
    for block in memory_blocks(work, plan_arena(work)):
        assert re.search(rf">{block.label}( [^<]*)?</text>", text), "every buffer has its label"
    assert ">kws_ref_model</text>" in text, "the title is the model's name, not a path"
    assert run(["inspect", "--memory-map", str(path), str(shared_models / KWS), "--quiet"]) == 0, (
        "either order"
    )
    assert path.read_text() == text


def test_png() -> None:
    assert draw_map(WORK, PLAN, "work", "png").startswith(b"\x89PNG")


def test_names_from_a_file_neither_steer_the_terminal_nor_the_drawing() -> None:
    """Tensor names and title with an escape sequence, a tag of Rich and of XML, and TeX."""
    hostile = "a\x1b[31m[red]<b>$\\frac{"
    graph = Graph((Tensor(hostile, (8,), "int8"),), (), (0,), (0,))
    work = Program(graph, ())
    drawn = "\n".join(lines(work))
    assert "\x1b" not in drawn
    assert "[red]<b>" in drawn
    ElementTree.fromstring(draw_map(work, plan_arena(work), hostile, "svg").decode())


def test_a_model_without_tensors_has_an_empty_map() -> None:
    work = Program(Graph((), (), (), ()), ())
    assert lines(work)
    assert draw_map(work, plan_arena(work), "nothing", "svg")


def test_other_kinds_of_pictures_are_refused(
    shared_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(EdgeqError, match=r"memory map of kind 'gif' — it draws svg and png"):
        draw_map(WORK, PLAN, "work", "gif")
    assert run(["inspect", str(shared_models / KWS), "map.svg"]) != 0
    assert "--memory-map" in capsys.readouterr().err
