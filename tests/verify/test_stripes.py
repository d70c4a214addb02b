"""Firmware of layers in stripes: every byte on this machine and on a Cortex-M4, and faults that are
caught.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from codegen.building import C99, SANITIZERS, run
from plan.networks import pooled, residual
from plan.test_stripes import fed, in_stripes, wide
from verify.graphs import changed
from verify.test_feed import different
from verify.tools import needed

from edgeq.cleanup import cleaned
from edgeq.codegen.generate import generate
from edgeq.codegen.native import NativeEngine, NativeOptions, render_program
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.plan.program import Block
from edgeq.simulate.execute import random_inputs
from edgeq.verify.job import Settings, prepare
from edgeq.verify.run import verify
from edgeq.verify.targets import find_target

STRIPED = NativeOptions(feed_rows=True, max_extra_macs=0.5)


def engine() -> NativeEngine:
    return render_program(wide(), in_stripes("wide"), "net")


@pytest.mark.slow
def test_no_byte_differs_on_a_core() -> None:
    needed(find_target("cortex-m4"))
    settings = Settings(native=STRIPED)
    (found,) = verify(wide(), targets=["cortex-m4"], samples=2, settings=settings).targets
    assert (found.status, found.bytes_different) == ("ok", 0), found
    assert sum(layer.op == "INPUT_ROWS" for layer in found.layers) > 1
    assert sum(layer.part_of is not None for layer in found.layers) > 10


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [residual(5, depthwise=True), pooled(2)], ids=["shortcuts", "pooled"]
)
def test_random_networks_in_stripes_give_every_byte(model: Model) -> None:
    (found,) = verify(cleaned(model), samples=3, settings=Settings(native=STRIPED)).targets
    assert (found.status, found.bytes_different) == ("ok", 0), found


FAULTS = {
    "columns of another stripe": ("rows + part.first", "rows + 0"),
    "a pass too few": ("model->pass + 1 < NET_PASSES", "model->pass + 2 < NET_PASSES"),
    "padding in the middle": (".pad_left = 0,", ".pad_left = 1,"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_caught(fault: str, tmp_path: Path) -> None:
    faulty = changed(engine(), *FAULTS[fault])
    try:
        found = different(faulty, wide(), tmp_path) > 0
    except (
        EdgeqError
    ):  # the program stopped: rows are missing that should not, or sanitizers saw it
        found = True
    assert found


@pytest.mark.slow
def test_stripes_that_are_not_all_columns_are_refused() -> None:
    model, program, right = wide(), in_stripes("wide"), engine()
    inputs = random_inputs(model.main, 1)
    prepare(model, right, inputs)
    t = next(t for t in program.joined if program.blocks[t].first > 0)
    block = program.blocks[t]
    for wrong in (
        replace_first(block, block.first + 1),
        replace_first(block, 0),
        block._replace(end=block.end - 1),
    ):
        faulty = replace(program, blocks={**program.blocks, t: wrong})
        with pytest.raises(EdgeqError, match="not the model's"):
            prepare(model, replace(right, program=faulty), inputs)


def replace_first(block: Block, first: int) -> Block:
    """As many columns, from another one on."""
    return block._replace(first=first, end=first + block.end - block.first)


def test_the_header_says_how_often_the_input_comes() -> None:
    header = engine().files["net.h"]
    passes = sum(step.feed is not None for step in in_stripes("wide").steps)
    assert f"#define NET_PASSES {passes} " in header
    assert "net_part_t net_feed_part(const net_t *model);" in header
    assert fed("wide").fed == in_stripes("wide").fed


@pytest.mark.slow
def test_the_program_checks_itself(tmp_path: Path) -> None:
    generate(wide(), tmp_path, framework="cmake", name="net", selftest=2, options=STRIPED)
    sources = ["main.c", "src/net.c", "src/net_selftest.c", "-o", "net", "-lm"]
    run("gcc", *C99, *SANITIZERS, "-Isrc", *sources, cwd=tmp_path)
    assert b"different 0\n" in run("./net", cwd=tmp_path)
