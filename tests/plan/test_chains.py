"""Which steps become chains: the best of all ways to cut a program, and deep networks of equal blocks among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan.networks import Network, equal_blocks, pooled, residual
from plan.test_rowwise import check_chains

from edgeq.plan import lower, plan_arena
from edgeq.plan.chains import PRICE, Way, chain_steps, few, flat, least_limit, lightest
from edgeq.plan.lower import lower_whole
from edgeq.plan.segments import Segment, find_levels, find_segments, look


def ways(table: Sequence[Segment], steps: int, at: int = 0) -> Iterator[Way]:
    """All of them, one segment after the other."""
    if at == steps:
        yield ()
    for segment in table:
        if segment.first == at:
            for rest in ways(table, steps, segment.last + 1):
                yield segment, *rest


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Segment], int]:
    steps, cost = draw(st.integers(1, 7)), st.integers(0, 20)
    pairs = [(first, last) for first in range(steps) for last in range(first, steps)]
    kept = [pair for pair in pairs if pair[0] == pair[1] or draw(st.booleans())]
    return [Segment(*pair, 0, draw(cost), draw(st.integers(0, 3))) for pair in kept], steps


@settings(max_examples=150, deadline=None)
@given(tables(), st.sampled_from([few, flat]))
def test_the_best_of_all_ways_is_found(table: tuple[list[Segment], int],
                                       weight: Callable[[Segment], tuple[int, ...]]) -> None:  # fmt: skip
    segments, steps = table
    dearest = {way: max(segment.nbytes for segment in way) for way in ways(segments, steps)}
    limit = least_limit(segments, steps)
    assert limit == min(dearest.values())
    for more in (limit, limit + 3):
        found = lightest(segments, steps, more, weight)
        weights = {way: [sum(part) for part in zip(*map(weight, way), strict=True)] for way in dearest}
        assert dearest[found] <= more
        assert weights[found] == min(weights[way] for way, most in dearest.items() if most <= more)


@pytest.mark.parametrize("seed", range(6))
def test_no_chain_costs_less_than_its_bound(seed: int) -> None:
    model = residual(seed, depthwise=seed > 3) if seed < 5 else pooled(seed)
    program = lower_whole(model.main)
    levels, looked = find_levels(program), 0
    for segment in find_segments(program, levels):
        assert segment.slope >= 0
        found = segment if segment.looked else look(program, levels, segment)
        if found is not None and found.chain is not None:
            assert segment.floor <= found.floor <= found.nbytes
            assert found.nbytes <= plan_arena(replace(program, chains=(found.chain,))).arena_bytes
            looked += 1
    assert looked > 2


@pytest.mark.parametrize(
    ("kind", "channels", "rows"),
    [
        ("inverted", 8, 10),  # six times as wide: 6 rows before a band of four rows of filters, 4 behind it
        ("residual", 16, 6),
        ("plain", 16, 6),
    ],
)
def test_a_deep_network_of_equal_blocks_streams(kind: str, channels: int, rows: int) -> None:
    """No chain in one block alone would spare a byte: all others still hold their widest maps whole."""
    whole = lower_whole(equal_blocks(10, kind, channels=channels).main)
    program, line = chain_steps(whole), 32 * channels * (6 if kind == "inverted" else 1)
    arena_bytes = plan_arena(program).arena_bytes
    assert len(program.chains) >= 5
    assert program.row_floor_bytes <= arena_bytes
    assert arena_bytes <= 32 * 32 * channels + rows * line + 1024
    assert arena_bytes + PRICE * len(program.chains) < plan_arena(whole).arena_bytes


@pytest.mark.parametrize("kind", ["inverted", "residual"])
def test_no_row_is_lost_between_blocks(kind: str) -> None:
    program = lower(equal_blocks(3, kind, 20, 12).main)
    assert len(program.chains) > 1
    check_chains(program)


def test_a_layer_filters_fewer_rows_at_a_time_where_that_is_a_small_part_of_the_network() -> None:
    """A wide map at the start, of stride 2, whose band of four rows would need nine of the input's."""
    net = Network(np.random.default_rng(0))
    y = net.filter(net.filter(net.input(48, 48, 8), 32, (1, 1)), 0, (3, 3), 2)
    y = net.filter(net.filter(y, 8, (1, 1)), 24, (3, 3), 2)
    for _ in range(6):
        y = net.filter(y, 24, (3, 3))
    program = lower(net.model(y).main)
    (bands,) = [form.rows for form in program.chains[0].forms if form.call.source == "depthwise_conv_2d_3x3_rows"]
    assert bands == 1


def test_the_last_step_may_go_below_what_it_holds_whole() -> None:
    net = Network(np.random.default_rng(0))
    wide = net.filter(net.input(48, 48, 8), 32, (1, 1))
    program = lower(net.model(net.filter(wide, 0, (3, 3), 2)).main)
    arena_bytes = plan_arena(program).arena_bytes
    assert 48 * 48 * 8 < program.row_floor_bytes <= arena_bytes < 48 * 48 * 32


def test_a_deep_network_whose_chains_do_not_pay_is_left_alone() -> None:
    """Blocks of 4 x 4 pixels: rings of three or more rows are all there is."""
    assert lower(equal_blocks(6, "residual", size=4).main).chains == ()
