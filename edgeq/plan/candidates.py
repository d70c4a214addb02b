"""All possible pipelines of a program, each with a lower bound of the arena that it allows.

Enumerated: every run of at most LONGEST steps with row kernels between which no tensor is needed
elsewhere. Its lower bound grants line buffers as small as a single firing allows, every buffer that
a stage could take over in place, and an output that overlaps all inputs that die; so it costs O(1)
a step from running sums, where building the pipeline costs a search (`edgeq/plan/build.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from edgeq.opkit.kernel_call import View
from edgeq.opkit.rows import RowKernel
from edgeq.ops import operator
from edgeq.plan.arena import least_alive
from edgeq.plan.buffers import WORD, find_storage, words
from edgeq.plan.needs import Kernels, Needs, find_needs
from edgeq.plan.partition import Part
from edgeq.plan.program import Program, Step, library_of

LONGEST = 24  # steps in a pipeline


def find_row_kernel(step: Step) -> RowKernel | None:
    """The row kernel of a step; None for a view, for a layer that has none, and for one that a
    vendor's library computes.
    """
    if step.feed is not None:
        return step.feed
    if isinstance(step.call, View) or library_of(step) is not None:
        return None
    return operator(step.node.kind).rows(step.node)


def find_widths(program: Program) -> list[list[RowKernel | None]]:
    """The row kernels of all steps: the widest first, then those of fewer and fewer rows in a call,
    as far as there are any, and at last single rows where only such kernels are narrower still. What
    is joined with other columns is written by single rows.
    """
    of_steps = [_kernels(program, step) for step in program.steps]
    widths = [
        [kernels[min(width, len(kernels) - 1)] for kernels in of_steps]
        for width in range(max(map(len, of_steps), default=1))
    ]
    narrowest = [kernel and (kernel.single or kernel) for kernel in widths[-1]]
    return [*widths, narrowest] if narrowest != widths[-1] else widths


def _kernels(program: Program, step: Step) -> tuple[RowKernel | None, ...]:
    """The row kernels of a step, those of fewer rows in a call behind others; None where it has none."""
    kernel = find_row_kernel(step)
    if kernel is None:
        return (None,)
    if not program.joined.keys() & {*step.writes}:
        return (kernel, *kernel.narrower)
    every = (kernel, *kernel.narrower, *(() if kernel.single is None else (kernel.single,)))
    return tuple(one for one in every if one.rows == 1) or (None,)


def find_parts(program: Program, widths: Sequence[Kernels]) -> list[Part]:
    """What partitions are made of: every step alone that computes a whole tensor, and every possible
    pipeline, once for each choice of row kernels that `find_widths` gives and that changes it.
    """
    within = {k for stripe in program.stripes for k in stripe}
    in_place = find_storage(program).in_place
    alone = [
        Part(
            k,
            k,
            nbytes,
            nbytes,
            least_offset([offset.words * WORD for offset in in_place[k].values()]),
            built=True,
        )
        for k, nbytes in enumerate(least_alive(program)[1:-1])
        if k not in within and program.steps[k].feed is None
    ]
    if not any(widths[0]):
        return alone
    needs = [find_needs(program, kernels) for kernels in widths]
    possible = (
        part for width in range(len(widths)) for part in _possible_pipelines(program, needs, width)
    )
    return [*alone, *possible]


def least_offset(offsets: Iterable[int]) -> int:
    """By how many bytes an output must start below the input that it overlaps best: the least of its
    in-place offsets, 0 where it may start above that input.
    """
    return max(min(offsets, default=0), 0)


def _possible_pipelines(program: Program, every: Sequence[Needs], width: int) -> Iterator[Part]:
    """The possible pipelines with the row kernels of one width, but for those that no narrower
    kernel is in; a stripe is one alone.

    Of a stage that may write over one of several operands, the largest line buffer is granted.
    """
    needs, wider = every[width], every[max(width - 1, 0)]
    stripe_of = {k: stripe for stripe in program.stripes for k in stripe}
    for first in range(len(needs.stages)):
        stripe = stripe_of.get(first)
        if stripe is not None and first > stripe.start:
            continue
        longest = range(first, min(first + LONGEST, len(needs.stages)))
        buffers, scratch, within, until, extra, new = 0, 0, 0, 0, 0, width == 0
        inside, outside = set[int](), set[int]()
        for last in longest if stripe is None else stripe:
            if (stage := needs.stages[last]) is None or stripe_of.get(last) != stripe:
                break
            scratch = max(scratch, stage.kernel.call.scratch_bytes)
            extra += needs.extra[last]
            new = new or needs.extra[last] != wider.extra[last]
            outside |= {needs.owner[t] for t in stage.reads if t not in inside}
            inside.add(stage.writes)
            if last == first:
                continue
            buffers += needs.buffer_bytes(last - 1, first) - max(
                (needs.buffer_bytes(k, first) for k in needs.takes[last] if k >= first), default=0
            )
            within += needs.words[program.steps[last - 1].writes[0]]
            until = max(until, needs.needed[last - 1])
            if until <= last and new and (stripe is None or last == stripe[-1]):
                dying = sum(needs.words[root] for root in outside if needs.dies[root] <= last)
                shared = 0 if stage.joined else min(needs.words[stage.writes], dying)
                held = needs.alive(first, last) - within + words(buffers + scratch) - shared
                bound = held * WORD
                yield Part(first, last, bound, bound, width=width, extra=extra)
