"""Layers in chains of their own, and what their kernels read and write turn by turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from firmware.tracing import Accesses, Claimed, Spans, apart

from edgeq.codegen.native import NativeEngine, render_program
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.rows import RowForm, Span
from edgeq.plan import Chain, Program, lower
from edgeq.plan.lower import lower_whole
from edgeq.plan.program import Turn
from edgeq.plan.rowwise import Stretch, find_links, find_stretches, lay_out, smallest_rings
from edgeq.plan.segments import find_form, find_levels


@dataclass(frozen=True)
class Part:
    """One turn of a layer, with what it did and the layer's chain."""

    layer: int
    chain: Chain
    turn: Turn
    accesses: Accesses

    @property
    def form(self) -> RowForm:
        return self.chain.forms[self.turn.step]


def between_copies(model: Model) -> Model:
    """A layer whose inputs and output are copied by pools of one pixel: in a chain it reads and writes rings."""
    graph = model.main
    tensors, ops = list(graph.tensors), list(graph.ops)
    (y,) = graph.outputs
    tensors += [replace(tensors[t], name=f"{tensors[t].name} copy") for t in (*graph.inputs, y)]
    copies = range(len(graph.tensors), len(tensors))
    pools = [_copy(a, b) for a, b in (*zip(copies, graph.inputs, strict=False), (y, copies[-1]))]
    return Model((Graph(tuple(tensors), (*pools[:-1], *ops, pools[-1]), tuple(copies[:-1]), (copies[-1],)),))


def _copy(x: int, y: int) -> Op:
    options = {"padding": "VALID", "stride_h": 1, "stride_w": 1, "filter_height": 1, "filter_width": 1}
    return Op("MAX_POOL_2D", (x,), (y,), tuple(sorted(options.items())), 2, options_type="Pool2DOptions")


def runs_by_rows(model: Model) -> bool:
    return all(find_form(step) is not None for step in lower_whole(model.main).steps)


def chained(models: Mapping[str, Model], in_place: bool, level: int = 0) -> tuple[Model, NativeEngine]:
    """All models in one, each with the chains that the planner chooses for it, or else as a chain of all its layers.

    in_place: whether element-wise layers overwrite operands; level: 0 for forms of many rows at a time, -1 of few.
    """
    model = apart(models)
    program, chains = lower_whole(model.main), list[Chain]()
    steps = tuple(sorted(program.steps, key=lambda step: step.node.index))
    program, at = replace(program, steps=steps), 0
    forms = find_levels(program)[level]
    for part in models.values():
        spans = [(c.first, c.last) for c in lower(part.main).chains] or [(0, len(part.main.ops) - 1)]
        chains += [chain(program, forms, at + first, at + last, in_place) for first, last in spans]
        at += len(part.main.ops)
    calls = {k: form.call for c in chains for k, form in zip(c.steps, c.forms, strict=True)}
    steps = tuple(replace(step, call=calls.get(k, step.call)) for k, step in enumerate(program.steps))
    return model, render_program(model, replace(program, steps=steps, chains=tuple(chains)), "turns")


def chain(program: Program, forms: Sequence[RowForm | None], first: int, last: int, in_place: bool) -> Chain:
    """Those steps as a chain with its smallest rings."""
    links = find_links(program, forms, first, last)
    assert links is not None
    apart_ = Stretch(links, {link.writes: link.writes for link in links})
    stretch = next(find_stretches(links)) if in_place else apart_
    found = smallest_rings(stretch)
    assert found is not None
    return lay_out(program, first, last, stretch, *found)


def parts(program: Program, traced: Sequence[tuple[int, Accesses]]) -> list[Part]:
    """What was traced of chains, turn by turn."""
    turns = [(chain.first + turn.step, chain, turn) for chain in program.chains for turn in chain.turns]
    recorded = [(layer, accesses) for layer, accesses in traced if program.chain_of(layer) is not None]
    assert [layer for layer, _ in recorded] == [layer for layer, _, _ in turns]
    return [Part(*turn, accesses) for turn, (_, accesses) in zip(turns, recorded, strict=True)]


def lines(engine: NativeEngine, part: Part, tensor: int, rows: Span) -> Spans:
    """Where rows of a tensor lie."""
    ring = part.chain.rings[tensor]
    start = engine.plan.offsets[tensor]
    return joined([(start + row % ring.rows * ring.row_bytes, ring.row_bytes) for row in range(*rows)])


def joined(spans: Spans) -> Spans:
    """Neighbours as one, for a word may lie on two."""
    found: Spans = []
    for start, nbytes in sorted(spans):
        if found and sum(found[-1]) == start:
            found[-1] = (found[-1][0], found[-1][1] + nbytes)
        else:
            found.append((start, nbytes))
    return found


def strays(engine: NativeEngine, part: Part) -> bool:
    """Whether a turn touched a byte that is in none of the rows that it says it reads or writes, nor in its scratch."""
    step, form, rows = engine.program.steps[part.layer], part.form, Span(part.turn.first, part.turn.end)
    reads = [span for t in step.reads for span in lines(engine, part, t, form.reads(rows))]
    writes = lines(engine, part, step.writes[0], rows)
    if form.call.scratch_bytes:
        writes.append((engine.plan.scratch[part.layer], form.call.scratch_bytes))
    return part.accesses.stray(joined(reads), joined(writes))


def row_claims(engine: NativeEngine, part: Part) -> list[Claimed]:
    """What a turn of an element-wise layer claims for the row that it reads of each input."""
    graph, step, call = engine.program.graph, engine.program.steps[part.layer], part.form.call
    rows = Span(part.turn.first, part.turn.end)
    inputs = [graph.ops[step.node.index].inputs[position] for position in call.inputs]
    ((start, nbytes),) = lines(engine, part, step.writes[0], rows)
    writes, found = part.accesses.first_writes(start, nbytes), list[Claimed]()
    for t, distance in zip(inputs, call.overlap, strict=True):
        if not graph.tensors[t].constant and distance is not None:
            ((at, size),) = lines(engine, part, t, rows)
            reads = part.accesses.last_reads(at, size)
            found.append(Claimed(step.node.name, call.function, distance, call.exact, reads, writes))
    return found


def chain_claims(engine: NativeEngine, chain: Chain, of_chain: Sequence[Part]) -> list[Claimed]:
    """What a chain claims for the tensors that it reads whole."""
    columns = ((a.places, a.sizes, a.written) for a in (part.accesses for part in of_chain))
    everything = Accesses(*(np.concatenate(column) for column in zip(*columns, strict=True)))
    program = engine.program
    (y,) = program.steps[chain.last].writes

    def span(tensor: Tensor, index: int) -> tuple[int, int]:
        return engine.plan.offsets[index], tensor.nbytes

    tensors = program.graph.tensors
    writes = everything.first_writes(*span(tensors[y], y))
    return [
        Claimed(program.steps[chain.last].node.name, "chain", distance, False,
                everything.last_reads(*span(tensors[t], t)), writes)
        for t, distance in chain.overlap.items()
    ]  # fmt: skip
