"""Layers in blocks of channels: the same bytes, less arena, and nothing changed where it does not pay."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from ops.test_transpose_conv import transposed
from plan.checked import checked_plan
from plan.networks import Network, widened

from edgeq.graph import Graph, Model, Tensor
from edgeq.plan import Program, lower, lower_to_front
from edgeq.plan.channel_blocks import TOGETHER, Region, find_region, spans, with_blocks
from edgeq.plan.cost import LEAST_GAIN_BYTES, MOST_EXTRA, cost_of
from edgeq.plan.lower import lower_whole
from edgeq.simulate.execute import execute, random_inputs

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 10))]


@lru_cache
def tail(filters: int = 256) -> Model:
    """What most MobileNets end with."""
    net = Network(np.random.default_rng(1))
    x = net.filter(net.input(5, 5, 8), 64, (5, 5))
    return net.model(net.mean(net.filter(x, filters, (1, 1))))


@lru_cache
def lowered() -> Program:
    return lower(tail().main)


def with_types(model: Model, activations: str, bias: str) -> Model:
    """The model with other types, float32 weights where activations are float32."""
    real, tensors = activations == "float32", list[Tensor]()
    for t in model.main.tensors:
        if t.quantization is None:  # axes
            tensors.append(t)
            continue
        dtype = bias if t.dtype == "int32" else activations if real or not t.constant else t.dtype
        quantization = None if real else t.quantization
        if not t.constant and quantization is not None:
            quantization = replace(quantization, zero_point=(0,))
        values = (t.array / 128).astype(dtype) if real and t.constant else None
        if t.constant and not real:
            values = t.array.astype(dtype)
        buffer = None if values is None else values.tobytes()
        tensors.append(replace(t, dtype=dtype, quantization=quantization, buffer=buffer))
    return Model((replace(model.main, tensors=tuple(tensors)),))


def regions(program: Program) -> list[Region]:
    """Those that start at each step."""
    found = (find_region(program, k) for k in range(len(program.steps)))
    return [region for region in found if region is not None]


def kinds(program: Program, region: Region) -> list[str]:
    return [step.node.kind for step in program.steps[region.first : region.last + 1]]


@pytest.mark.parametrize("seed", SEEDS)
def test_blocks_hold_the_bytes_of_their_channels(seed: int) -> None:
    model = widened(seed)
    program, inputs = lower_whole(model.main), random_inputs(model.main, 3, seed)
    (region,) = regions(program)
    inside = [program.steps[k].writes[0] for k in range(region.first, region.last + 1)]
    expected = execute(model.main, inputs, inside)
    for count in (2, 5):
        made = with_blocks(program, region, count)
        checked_plan(made)
        assert sum(step.macs or 0 for step in made.steps) == sum(
            step.macs or 0 for step in program.steps
        )
        got = execute(made.graph, inputs, (*made.blocks, inside[-1]))
        assert len(made.blocks) == count * len(inside)
        for t, block in made.blocks.items():
            np.testing.assert_array_equal(got[t], block.part(expected[block.tensor]))
        np.testing.assert_array_equal(got[inside[-1]], expected[inside[-1]])


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_a_transposed_convolution_before_a_pool_runs_in_blocks(dtype: str) -> None:
    """Its images are not its first input."""
    alone = transposed((1, 4, 4, 6), (24, 3, 3, 6), dtype=dtype, zero_points=(0, 0)).main
    net = Network(np.random.default_rng(6), [*alone.tensors], [*alone.ops])
    y = net.pool(alone.outputs[0], "MAX_POOL_2D", 2)
    model = Model((Graph(tuple(net.tensors), tuple(net.ops), alone.inputs, (y,)),))
    program, inputs = lower_whole(model.main), random_inputs(model.main, 3)
    (region,) = regions(program)
    made = with_blocks(program, region, 3)
    checked_plan(made)
    np.testing.assert_array_equal(execute(made.graph, inputs)[y], execute(model.main, inputs)[y])


def test_blocks_are_multiples_of_the_channels_that_kernels_take_together() -> None:
    for channels, count in ((1280, 3), (61, 4), (5, 2), (333, 16)):
        cuts = spans(channels, count)
        assert [first for first, _ in cuts] == [0, *(end for _, end in cuts[:-1])]
        assert cuts[-1][1] == channels
        assert all(first < end and first % TOGETHER == 0 for first, end in cuts)
        sizes = [end - first for first, end in cuts]
        assert max(sizes) - min(sizes) < 2 * TOGETHER


def test_a_map_that_a_mean_is_taken_of_never_exists_whole() -> None:
    model = tail()
    program, whole = lowered(), lower_whole(model.main)
    plan, (wide,) = checked_plan(program), whole.steps[1].writes
    assert wide not in plan.offsets
    blocks = [t for t, block in program.blocks.items() if block.tensor == wide]
    assert sum(plan.held[t] for t in blocks) == model.main.tensors[wide].nbytes
    cost, before = cost_of(program), cost_of(whole)
    assert cost.arena_bytes <= before.arena_bytes - LEAST_GAIN_BYTES
    assert cost.total_bytes < before.total_bytes
    assert 0 < cost.extra < MOST_EXTRA


def test_a_peak_elsewhere_leaves_layers_as_they_are() -> None:
    net = Network(np.random.default_rng(2))
    x = net.filter(net.input(24, 24, 3), 16, (24, 24), padding="VALID")
    assert not lower(net.model(net.mean(net.filter(x, 64, (1, 1)))).main).blocks
    assert not lower(tail(filters=88).main).blocks  # it would save less than it costs


def test_where_regions_end() -> None:
    net = Network(np.random.default_rng(3))
    x = net.filter(net.input(8, 8, 4), 32, (1, 1))
    strided = net.filter(net.filter(x, 0, (3, 3), 2), 6, (1, 1))  # reads every channel
    program = lower_whole(net.model(strided).main)
    (region,) = regions(program)
    assert kinds(program, region) == ["CONV_2D", "DEPTHWISE_CONV_2D"]


def test_what_others_read_stays_whole() -> None:
    program = lower_whole(tail().main)
    assert kinds(program, regions(program)[0]) == ["CONV_2D", "MEAN"]
    (wide,) = program.steps[1].writes
    graph = replace(program.graph, outputs=(*program.graph.outputs, wide))
    assert not regions(replace(program, graph=graph))
    net = Network(np.random.default_rng(4))
    x = net.input(6, 6, 16)
    summed = net.join(x, net.filter(x, 16, (1, 1)))  # the other operand has no blocks
    assert not regions(lower_whole(net.model(net.mean(summed)).main))


@pytest.mark.slow
@pytest.mark.parametrize("types", [("float32", "float32"), ("int16", "int64")])
def test_other_types_run_in_blocks_too(types: tuple[str, str]) -> None:
    model = with_types(tail(), *types)
    program, inputs = lower(model.main), random_inputs(model.main, 3)
    checked_plan(program)
    assert program.blocks
    expected, got = (execute(graph, inputs) for graph in (model.main, program.graph))
    for t in model.main.outputs:
        np.testing.assert_array_equal(got[t], expected[t])


@pytest.mark.slow
def test_regions_are_divided_one_after_the_other() -> None:
    net = Network(np.random.default_rng(5))
    x = net.filter(net.input(6, 6, 40), 160, (1, 1))
    y = net.filter(net.pool(x, "MAX_POOL_2D", 3), 1200, (1, 1))
    model = net.model(net.pool(y, "AVERAGE_POOL_2D", 2))
    program = lower(model.main)
    assert {block.tensor for block in program.blocks.values()} >= {x, y}
    assert all(block.tensor < len(model.main.tensors) for block in program.blocks.values())
    plan = checked_plan(program)
    assert plan.arena_bytes < min(model.main.tensors[t].nbytes for t in (x, y))


@pytest.mark.slow
def test_a_larger_arena_needs_no_blocks() -> None:
    model = tail()
    front = lower_to_front(model.main)
    (least, _), (most, _) = front[0], front[-1]
    assert least.arena_bytes < most.arena_bytes
    assert least.extra > most.extra == 0
    assert lower(model.main, max_ram=least.arena_bytes).blocks
    assert not lower(model.main, max_ram=most.arena_bytes).blocks
