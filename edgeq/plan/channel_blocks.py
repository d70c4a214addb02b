"""Layers that run in blocks of channels: a layer with weights, what follows it channel by channel,
and at the end a reduction, after which little is left.

A pointwise convolution that widens a map to 1,280 channels, of which a global mean is taken, needs
its whole output only because all filters run first. Filters are independent of each other, so some
of them can run, their outputs be averaged, and the memory be used again for the next ones; the
results are joined. No value is computed twice, and every byte is what it was. To the planner these
are steps like others, of layers with fewer filters; `Program.blocks` says which channels they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from edgeq.dead_channels.behaviour import behaviour
from edgeq.dead_channels.cut import cut_op, cut_tensor
from edgeq.dead_channels.groups import Groups
from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.channels import OUTPUT
from edgeq.opkit.node import Node, Values
from edgeq.ops import bind_one
from edgeq.plan.needs import last_reader
from edgeq.plan.program import Block, Program, Step, library_of
from edgeq.plan.steps import make_step

TOGETHER = 4  # channels: every block but the last has a multiple of them, as fast loops like it
LEAST_SHRINK = 2  # by which a reduction must shrink what is computed before it


@dataclass(frozen=True)
class Region:
    """Steps `first` to `last`, both included, that can run in blocks of the channels of the last one's
    output.

    groups: which places along axes of their tensors go together. always: those that every block needs,
    by group. channels: the group of each channel.
    """

    first: int
    last: int
    groups: Groups
    always: Values
    channels: Values

    @property
    def most_blocks(self) -> int:
        """Into how many blocks it can be cut."""
        return -(-len(self.channels) // TOGETHER)


def find_region(program: Program, first: int) -> Region | None:
    """The region that starts at a layer with weights and ends where its output takes the least memory.

    None where the output takes too large a part of what the region computes, where it runs in blocks of
    channels already, or where a vendor's library computes the first layer.
    """
    graph, steps = program.graph, program.steps
    start, inside, end = steps[first], set[int](), first
    if start.feed is not None or len(start.reads) != 1 or len(start.writes) != 1:
        return None
    if start.writes[0] in program.blocks or library_of(start) is not None:
        return None
    declared = behaviour(graph, start.node)
    if declared is None or declared.sums is None:
        return None
    largest = least = start.node.output.nbytes
    for last in range(first, len(steps)):
        step = steps[last]
        if last > first and not _goes_on(graph, step, inside):
            break
        inside.update(step.writes)
        nbytes = step.node.output.nbytes
        held = range(first, last)
        if nbytes < least and all(last_reader(program, steps[k]) <= last for k in held):
            least, end = nbytes, last
    return _region(program, first, end) if least * LEAST_SHRINK <= largest else None


def _goes_on(graph: Graph, step: Step, inside: set[int]) -> bool:
    """Whether a step reads nothing but what was computed before it in a region, channel by channel."""
    if not step.reads or not inside.issuperset(step.reads):
        return False
    declared = behaviour(graph, step.node)
    links = () if declared is None else declared.links
    linked = {a.position for a, b in links if b.position == OUTPUT}
    inputs = graph.ops[step.node.index].inputs
    return linked.issuperset(p for p, t in enumerate(inputs) if t in inside)


def _region(program: Program, first: int, last: int) -> Region | None:
    """The steps as a region, None where channels of the output depend on others before them."""
    graph, steps = program.graph, program.steps[first : last + 1]
    ops = tuple(graph.ops[step.node.index] for step in steps)
    part = replace(graph, ops=ops, inputs=steps[0].reads, outputs=())
    nodes = [replace(step.node, index=k) for k, step in enumerate(steps)]
    groups = Groups(part, nodes, {node.index: behaviour(part, node) for node in nodes})
    of = [groups.groups_of(groups.channels_of(step.writes[0])) for step in steps]
    channels, always = of[-1], groups.live.copy()
    alone = len(np.unique(channels)) == len(channels)
    if not alone or any(always[g].any() or not np.isin(g, channels).all() for g in of):
        return None
    return Region(first, last, groups, always, channels)


def with_blocks(program: Program, region: Region, count: int) -> Program:
    """The program, nothing of which is fused yet, with the region's steps in so many blocks, one after
    the other, and a step that joins their results.
    """
    graph, steps = program.graph, program.steps[region.first : region.last + 1]
    tensors, made, blocks, results = list(graph.tensors), list[Op](), dict[int, Block](), []
    for first, end in spans(len(region.channels), count):
        numbers, ops = _block(program, region, first, end, tensors)
        made += ops
        blocks |= {t: Block(whole, first, end) for whole, t in numbers.items()}
        results.append(numbers[steps[-1].writes[0]])
    (y,) = steps[-1].writes
    axis = len(graph.tensors[y].shape) - 1
    options = (("axis", axis), ("fused_activation_function", "NONE"))
    made.append(
        Op("CONCATENATION", tuple(results), (y,), options, 2, options_type="ConcatenationOptions")
    )
    return _with_steps(program, region, tuple(tensors), made, blocks)


def spans(channels: int, count: int) -> list[tuple[int, int]]:
    """The first channel and the one behind the last of each block, blocks as equal as can be."""
    together = -(-channels // TOGETHER)
    cuts = [min(together * k // count * TOGETHER, channels) for k in range(count + 1)]
    return list(pairwise(cuts))


def _block(
    program: Program, region: Region, first: int, end: int, tensors: list[Tensor]
) -> tuple[Mapping[int, int], Sequence[Op]]:
    """The region's operators for some channels, whose tensors and constants are added to `tensors`, and
    the number of each tensor's part.
    """
    graph, groups = program.graph, region.groups
    groups.live = region.always.copy()
    groups.live[region.channels[first:end]] = True
    steps = program.steps[region.first : region.last + 1]
    inside = [step.writes[0] for step in steps]
    whole = {t: tensors[t] for t in inside}
    for t in inside:
        stays = groups.stays(groups.channels_of(t))
        tensors[t] = cut_tensor(whole[t], {len(whole[t].shape) - 1: stays})
    cut = [_cut(graph, step.node, k, groups, tensors) for k, step in enumerate(steps)]
    numbers = dict[int, int]()
    for t in inside:
        numbers[t] = len(tensors)
        name = f"channels {first} to {end - 1} of {whole[t].name}"
        tensors.append(replace(tensors[t], name=name))
        tensors[t] = whole[t]
    ops = [
        replace(
            op,
            inputs=tuple(numbers.get(t, t) for t in op.inputs),
            outputs=tuple(numbers[t] for t in op.outputs),
        )
        for op in cut
    ]
    return numbers, ops


def _cut(graph: Graph, node: Node, position: int, groups: Groups, tensors: list[Tensor]) -> Op:
    """An operator of a region, its place in which is `position`, with the channels that stay."""
    op = graph.ops[node.index]
    channels = behaviour(graph, node)
    nothing = np.zeros(1, np.int64)  # for every channel: no input loses a constant
    return cut_op(op, replace(node, index=position), channels, groups, nothing, tensors)


def _with_steps(
    program: Program,
    region: Region,
    tensors: tuple[Tensor, ...],
    made: Sequence[Op],
    blocks: Mapping[int, Block],
) -> Program:
    """The program with other operators in place of the region's, each a step."""
    graph, steps = program.graph, program.steps
    gone = {step.node.index for step in steps[region.first : region.last + 1]}
    at = max(gone)
    ops, number = list[Op](), dict[int, int]()
    for k, op in enumerate(graph.ops):
        if k == at:
            start = len(ops)
            ops += made
        if k not in gone:
            number[k] = len(ops)
            ops.append(op)
    changed = replace(graph, tensors=tensors, ops=tuple(ops))

    def moved(k: int) -> int:
        return number[steps[k].node.index]

    kept = [
        replace(step, node=replace(step.node, index=moved(k)))
        if not region.first <= k <= region.last
        else step
        for k, step in enumerate(steps)
    ]
    new = [make_step(changed, bind_one(changed, start + k)) for k in range(len(made))]
    return replace(
        program,
        graph=changed,
        steps=(*kept[: region.first], *new, *kept[region.last + 1 :]),
        blocks={**program.blocks, **blocks},
    )
