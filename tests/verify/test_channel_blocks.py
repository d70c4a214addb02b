"""Firmware of layers in blocks of channels: every byte on this machine and on a Cortex-M4, and faults
that are caught.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from plan.networks import Network, widened
from plan.test_channel_blocks import lowered, regions, tail
from verify.test_feed import different

from edgeq.cleanup import cleaned
from edgeq.cli.inspect import inspect as command
from edgeq.codegen.native import NativeEngine, NativeOptions, render_program
from edgeq.errors import EdgeqError
from edgeq.graph import Model, write_tflite
from edgeq.inspection import inspect
from edgeq.plan import Program
from edgeq.plan.channel_blocks import with_blocks
from edgeq.plan.lower import lower_whole
from edgeq.plan.program import Block
from edgeq.simulate.execute import random_inputs
from edgeq.verify.job import Settings, prepare
from edgeq.verify.run import verify


def in_three(model: Model) -> Program:
    program = lower_whole(model.main)
    (region,) = regions(program)
    return with_blocks(program, region, 3)


def engine(model: Model, program: Program) -> NativeEngine:
    return render_program(model, program, "blocks")


@pytest.mark.slow
def test_a_random_network_in_blocks_gives_every_byte(tmp_path: Path) -> None:
    model = cleaned(widened(8))
    assert different(engine(model, in_three(model)), model, tmp_path) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("target", "feed_rows"), [("host", True), ("cortex-m4", False)])
def test_no_byte_differs_on_targets(target: str, feed_rows: bool) -> None:
    settings = Settings(native=NativeOptions(feed_rows=feed_rows))
    (found,) = verify(tail(), targets=[target], samples=2, settings=settings).targets
    if found.status == "unavailable":
        pytest.skip(found.reason)
    assert (found.status, found.bytes_different) == ("ok", 0), found
    parts = [layer for layer in found.layers if layer.part_of]
    assert {layer.op for layer in parts} == {"CONV_2D", "MEAN"}
    assert {layer.part_of for layer in parts} < {t.name for t in tail().main.tensors}


def late(model: Model) -> Program:
    """Every block starts one channel later than it should."""
    program = lower_whole(model.main)
    (region,) = regions(program)
    return with_blocks(program, replace(region, channels=np.roll(region.channels, -1)), 3)


def joined_in_another_order(model: Model) -> Program:
    """The first two results of equal size change their places."""
    program = in_three(model)
    graph, join = program.graph, program.steps[-1]
    a, b, *others = graph.ops[join.node.index].inputs
    ops = list(graph.ops)
    ops[join.node.index] = replace(ops[join.node.index], inputs=(b, a, *others))
    return replace(program, graph=replace(graph, ops=tuple(ops)))


@pytest.mark.slow
@pytest.mark.parametrize("fault", [late, joined_in_another_order])
def test_faults_are_caught(fault: Callable[[Model], Program], tmp_path: Path) -> None:
    model = cleaned(widened(3))
    assert different(engine(model, fault(model)), model, tmp_path) > 0


def test_blocks_that_are_not_all_channels_are_refused() -> None:
    model = tail()
    program, inputs = lowered(), random_inputs(model.main, 1)
    whole = engine(model, program)
    prepare(model, whole, inputs)
    (t, block) = next((t, b) for t, b in program.blocks.items() if b.first > 0)
    for wrong in (
        Block(block.tensor, block.first + 1, block.end + 1),
        Block(block.tensor, 0, block.end - block.first),
        Block(block.tensor, block.first, block.end - 1),
    ):
        faulty = replace(program, blocks={**program.blocks, t: wrong})
        with pytest.raises(EdgeqError, match="not the model's"):
            prepare(model, replace(whole, program=faulty), inputs)


@pytest.mark.slow
def test_inspect_names_the_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = inspect(tail())
    (conv, count), (mean, again) = found.in_blocks
    assert (conv, mean, count) == (1, 2, again)
    assert count > 1
    assert found.layers[conv].kernel.startswith("edgeq_conv_2d")
    assert found.layers[mean].kernel == "edgeq_reduce_sum_s8"
    (tmp_path / "m.tflite").write_bytes(write_tflite(tail()))
    command(tmp_path / "m.tflite")
    assert f"layers 1, 2 run in {count} blocks of channels" in capsys.readouterr().out
    net = Network(np.random.default_rng(0))
    assert inspect(net.model(net.mean(net.input(4, 4, 8)))).in_blocks == ()
