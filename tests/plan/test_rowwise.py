"""Chains of layers that run row by row: every row that is read exists and is not overwritten, and rings are small."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from plan.networks import Network, pooled, residual, shortcuts

from edgeq.graph import Model, read_tflite
from edgeq.opkit.contract import Node
from edgeq.plan import Chain, Plan, Program, lower, plan_arena
from edgeq.plan.lower import lower_whole
from edgeq.plan.rowwise import Stretch, find_links, find_stretches, lay_out, play, smallest_rings
from edgeq.plan.segments import find_form

Owner = tuple[int, int]  # tensor, row


def rows_seen(node: Node, row: int) -> list[int]:
    """Input rows that a row of the output looks at, from the layer's own options."""
    if node.kind.endswith("_POOL_2D"):
        size = node.attributes.filter_height
        return list(range(row * size, row * size + size))
    if node.kind not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        return [row]
    a, height, size = node.attributes, node.input(0).shape[1], node.input(1).shape[1]
    reach = (size - 1) * a.dilation_h_factor + 1
    pad = max((node.output.shape[1] - 1) * a.stride_h + reach - height, 0) // 2 if a.padding == "SAME" else 0
    seen = (row * a.stride_h - pad + i * a.dilation_h_factor for i in range(size))
    return [r for r in seen if 0 <= r < height]


class Memory:
    """An arena whose bytes know whose they are."""

    def __init__(self, program: Program, plan: Plan) -> None:
        self.program, self.plan = program, plan
        self.bytes: dict[int, Owner] = {}

    def place(self, tensor: int, row: int, kept: int | None) -> range:
        shape, nbytes = self.program.graph.tensors[tensor].shape, self.program.graph.tensors[tensor].nbytes
        row_bytes = nbytes // shape[1]
        at = self.plan.offsets[tensor] + (row % kept if kept else row) * row_bytes
        assert at + row_bytes <= self.plan.arena_bytes
        return range(at, at + row_bytes)

    def write(self, tensor: int, row: int, kept: int | None = None) -> None:
        self.bytes |= dict.fromkeys(self.place(tensor, row, kept), (tensor, row))

    def read(self, tensor: int, row: int, kept: int | None = None) -> None:
        assert {self.bytes[at] for at in self.place(tensor, row, kept)} == {(tensor, row)}, (
            f"{tensor}: row {row} is lost"
        )

    def scribble(self, at: int, nbytes: int) -> None:
        self.bytes |= dict.fromkeys(range(at, at + nbytes), (-1, -1))


def run_chain(memory: Memory, chain: Chain) -> dict[int, int]:
    """Takes all turns; gives the rows that each step has computed."""
    program, done = memory.program, dict.fromkeys(chain.steps, 0)
    kept = {t: chain.rings[t].rows for t in chain.rings}
    for turn in chain.turns:
        k = chain.first + turn.step
        step = program.steps[k]
        assert turn.first == done[k]
        for row in range(turn.first, turn.first + turn.rows):
            for t in step.reads:
                for seen in rows_seen(step.node, row):
                    memory.read(t, seen, kept[t])
        if step.scratch_bytes:
            memory.scribble(memory.plan.scratch[k], step.scratch_bytes)
        for row in range(turn.first, turn.first + turn.rows):
            memory.write(step.writes[0], row, kept[step.writes[0]])
            done[k] += 1
        for t, claim in claims(program, chain, k).items():
            for row in range(turn.first, turn.first + turn.rows) if claim is None else ():
                for seen in rows_seen(step.node, row):
                    memory.read(t, seen, kept[t])  # a kernel may write all of the turn before it has read all
    return done


def claims(program: Program, chain: Chain, k: int) -> dict[int, int | None]:
    """What a step claims of each tensor that it reads; nothing where it sees several rows."""
    form, inputs = chain.forms[k - chain.first], program.graph.ops[program.steps[k].node.index].inputs
    known = zip((inputs[p] for p in form.call.inputs), form.call.overlap, strict=True)
    return {t: None if form.window is not None else claim for t, claim in known if t in chain.rings}


def check_chains(program: Program) -> None:
    """All rows of every chain, its inputs whole before it and its output whole behind it."""
    plan, tensors = plan_arena(program), program.graph.tensors
    for chain in program.chains:
        memory = Memory(program, plan)
        for t in chain.overlap:
            for row in range(tensors[t].shape[1]):
                memory.write(t, row)
        done = run_chain(memory, chain)
        (output,) = program.steps[chain.last].writes
        for row in range(tensors[output].shape[1]):
            memory.read(output, row)
        assert done == {k: program.steps[k].node.output.shape[1] for k in chain.steps}


@pytest.mark.parametrize("seed", [*range(10), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(10, 25))])
def test_no_row_is_lost(seed: int) -> None:
    check_chains(lower(residual(seed, depthwise=seed > 12).main))


@pytest.mark.parametrize("seed", range(10))
def test_no_row_is_lost_where_pooling_reads_rows_in_blocks(seed: int) -> None:
    program = lower(pooled(seed).main)
    assert program.chains
    check_chains(program)


@pytest.mark.parametrize("seed", range(10))
def test_an_output_just_so_far_below_the_input_overwrites_no_row_that_is_still_read(seed: int) -> None:
    """All layers as one chain, with every choice of overwritten operands; a byte nearer, and something is lost."""
    whole = lower_whole(shortcuts(seed).main)
    links = find_links(whole, [find_form(step) for step in whole.steps], 0, len(whole.steps) - 1)
    assert links is not None
    (x,), (y,) = whole.graph.inputs, whole.graph.outputs
    for stretch in find_stretches(links):
        found = smallest_rings(stretch)
        assert found is not None
        chain = lay_out(whole, 0, len(whole.steps) - 1, stretch, *found)
        program = replace(whole, chains=(chain,))
        run_at_distance(program, x, y, chain.overlap[x])
        with pytest.raises(AssertionError, match="is lost"):
            run_at_distance(program, x, y, chain.overlap[x] - 1)


def run_at_distance(program: Program, x: int, y: int, distance: int) -> None:
    """All turns of a program of one chain whose output starts so many bytes below its input; all else lies apart."""
    (chain,), tensors = program.chains, program.graph.tensors
    far = 1 << 24
    offsets = {t: far + ring.start for t, ring in chain.rings.items() if ring.place is None}
    offsets |= {t: far // 2 - (distance if ring.place == y else 0) for t, ring in chain.rings.items()
                if ring.place is not None}  # fmt: skip
    scratch = dict.fromkeys(chain.steps, far + chain.scratch)
    memory = Memory(program, replace(plan_arena(program), offsets=offsets, scratch=scratch, arena_bytes=2 * far))
    for row in range(tensors[x].shape[1]):
        memory.write(x, row)
    run_chain(memory, chain)
    for row in range(tensors[y].shape[1]):
        memory.read(y, row)


def test_most_networks_of_wide_layers_have_a_chain() -> None:
    chains = [lower(residual(seed).main).chains for seed in range(25)]
    assert sum(map(bool, chains)) > 20


def stretch_of(model: Model) -> Stretch:
    """All of a model's layers as one chain, the first choice of operands overwritten."""
    program = lower(model.main)
    links = find_links(program, [find_form(step) for step in program.steps], 0, len(program.steps) - 1)
    assert links is not None
    return next(find_stretches(links))


def test_two_filters_of_three_rows_keep_three_rows_between_them() -> None:
    net = Network(np.random.default_rng(0))
    x = net.input(12, 8, 4)
    between = net.filter(x, 4, (3, 3))
    found = smallest_rings(stretch_of(net.model(net.filter(between, 4, (3, 3)))))
    assert found is not None
    assert found[0] == {between: 3}


def test_a_branch_waits_for_the_other_one() -> None:
    """Of x, two 3x3 layers and the sum of both: 2 rows of padding and 3 of the filter lie between it and the sum."""
    net = Network(np.random.default_rng(0))
    x = net.filter(net.input(12, 8, 4), 4, (3, 3))
    a = net.filter(x, 4, (3, 3))
    b = net.filter(a, 4, (3, 3))
    found = smallest_rings(stretch_of(net.model(net.join(b, x))))
    assert found is not None
    assert found[0] == {x: 3, a: 3}


def test_no_ring_can_be_smaller() -> None:
    """A turn less in any one ring, and the steps do not come to their end."""
    stretch = stretch_of(residual(3))
    found = smallest_rings(stretch)
    assert found is not None
    rows_of = {link.writes: link.form.rows for link in stretch.links}
    smaller = [{**found[0], t: rows - rows_of[t]} for t, rows in found[0].items()]
    assert len(smaller) > 3
    assert all(play(stretch, rings)[1] for rings in smaller)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arena_bytes"), [("pretrainedResnet_quant", 22_000), ("vww_96_int8", 32_000)])
def test_benchmark_models_need_little_more_than_their_widest_map(name: str, arena_bytes: int,
                                                                 shared_models: Path) -> None:  # fmt: skip
    program = lower(read_tflite(shared_models / f"{name}.tflite").main)
    check_chains(program)
    assert plan_arena(program).arena_bytes <= arena_bytes
