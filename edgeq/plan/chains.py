"""Which steps run row by row: the chains that shrink the arena, one after the other as long as each pays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from edgeq.opkit.rows import RowForm
from edgeq.ops import operator
from edgeq.plan.arena import arena_bound, plan_arena, steps_above
from edgeq.plan.program import Chain, Program, Step
from edgeq.plan.rowwise import Stretch, find_links, find_stretches, lay_out, make_chain

GAIN, GAIN_BYTES = 0.05, 512  # of the arena: less is not worth a chain, whose code takes some 800 bytes of flash
LONGEST = 24  # steps in a chain
STRETCHES = 16  # ways to overwrite operands that are looked at
CANDIDATES = 40  # chains of which the smallest rings are looked for


def chain_steps(program: Program) -> Program:
    """The program with all chains that pay; steps in them make the calls of their row forms."""
    forms = [find_form(step) for step in program.steps]
    best = plan_arena(program).arena_bytes
    while (better := _better(program, forms, best)) is not None:
        program = better
        best = plan_arena(program).arena_bytes
    return _with_forms(program)


def find_form(step: Step) -> RowForm | None:
    find = getattr(operator(step.node.kind), "rows", None)
    form: RowForm | None = find(step.node) if find else None
    return form


def _better(program: Program, forms: Sequence[RowForm | None], best: int) -> Program | None:
    """The program with the chain more that needs the smallest arena, the shortest of equals; None if none pays."""
    limit, found = min(best * (1 - GAIN), best - GAIN_BYTES), list[tuple[int, int, Program]]()
    for bound, first, last, stretch in sorted(_candidates(program, forms, limit), key=lambda c: c[:3])[:CANDIDATES]:
        if bound >= limit:
            break
        chain = make_chain(program, first, last, stretch)
        if chain is None or arena_bound(_with(program, chain)) >= limit:
            continue
        other = _with(program, chain)
        taken = plan_arena(other).arena_bytes
        if taken < limit:
            found.append((taken, last - first, other))
            limit = taken + 1
    return min(found, key=lambda entry: entry[:2])[2] if found else None


def _candidates(program: Program, forms: Sequence[RowForm | None],
                limit: float) -> Iterator[tuple[int, int, int, Stretch]]:  # fmt: skip
    """Chains with the bytes that no arena with them can go below: rings as small as one turn needs, best overlaps.

    What other steps hold stays, so all that hold more than the limit must be among a chain's.
    """
    above = steps_above(program, limit)
    free = [form is not None and program.chain_of(k) is None for k, form in enumerate(forms)]
    for first in range(len(forms)):
        for last in range(first + 1, min(first + LONGEST, len(forms))):
            if not all(free[first : last + 1]):
                break
            if any(k < first or k > last for k in above):
                continue
            links = find_links(program, forms, first, last)
            if links is None:
                continue
            for _, stretch in zip(range(STRETCHES), find_stretches(links), strict=False):
                bare = lay_out(program, first, last, stretch, stretch.least_rings(), ())
                bound = arena_bound(_with(program, bare))
                if bound < limit:
                    yield bound, first, last, stretch


def _with(program: Program, chain: Chain) -> Program:
    return replace(program, chains=tuple(sorted((*program.chains, chain), key=lambda c: c.first)))


def _with_forms(program: Program) -> Program:
    steps = list(program.steps)
    for chain in program.chains:
        for k, form in zip(chain.steps, chain.forms, strict=True):
            steps[k] = replace(steps[k], call=form.call)
    return replace(program, steps=tuple(steps))
