"""Placement by hand: first fit, both lower bounds, and what the exact search proves."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan.checked import checked_plan
from plan.jobs import Job, Work, program

from edgeq.plan.buffers import Buffer, InPlaceOffset
from edgeq.plan.differences import Budget
from edgeq.plan.exact import Proof, fit, improve
from edgeq.plan.layout import Layout
from edgeq.plan.placement import first_fit, place_by_moves, place_naturally


def layout(*lives: tuple[int, int, int], **in_place: InPlaceOffset) -> Layout:
    """lives: (words, first, last) of each buffer; in_place: `y3x2` for buffer 3 over buffer 2."""
    pairs = {(int(name[1]), int(name[3])): offset for name, offset in in_place.items()}
    return Layout(tuple(Buffer(words, 1, first, last) for words, first, last in lives), pairs)


def legal(given: Layout, places: tuple[int, ...]) -> bool:
    """Every pair that interferes lies apart or at its in-place offset."""
    for i, a in enumerate(given.buffers):
        for j, b in enumerate(given.buffers):
            if (
                i < j
                and a.interferes(b)
                and places[i] < places[j] + b.words
                and places[j] < places[i] + a.words
            ):
                pairs = [
                    (given.in_place[y, x], places[x] - places[y])
                    for y, x in ((i, j), (j, i))
                    if (y, x) in given.in_place
                ]
                if not any(
                    d == offset.words if offset.exact else d >= offset.words for offset, d in pairs
                ):
                    return False
    return all(
        at >= 0 and at % b.alignment == 0 for at, b in zip(places, given.buffers, strict=True)
    )


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    count = draw(st.integers(1, 12))
    births = [draw(st.integers(-1, 8)) for _ in range(count)]
    buffers = tuple(
        Buffer(
            draw(st.integers(0, 20)),
            draw(st.sampled_from([1, 1, 2])),
            first,
            first + draw(st.integers(0, 4)),
        )
        for first in births
    )
    in_place = {
        (y, x): InPlaceOffset(draw(st.integers(-8, 12)), draw(st.booleans()))
        for y in range(count)
        for x in range(count)
        if x != y and buffers[x].last == buffers[y].first > buffers[x].first and draw(st.booleans())
    }
    return Layout(buffers, in_place)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(layouts(), st.randoms(use_true_random=False))
def test_every_search_is_legal_and_none_is_worse_than_the_one_before(
    given: Layout, generator: random.Random
) -> None:
    bound = given.overlap_bound(13)
    natural = place_naturally(given)
    moved = place_by_moves(given, bound)
    proof = improve(given, moved, bound, 50_000)
    order = list(range(len(given.buffers)))
    generator.shuffle(order)
    for places in (natural, moved, proof.places, first_fit(given, order)):
        assert legal(given, places)
        assert given.extent(places) >= proof.lower_bound >= bound
    assert given.extent(proof.places) <= given.extent(moved) <= given.extent(natural)


def test_what_first_fit_misses_the_exact_search_finds() -> None:
    given = layout((4, 3, 5), (1, 0, 1), (3, 3, 3), (5, 1, 2), (3, 2, 4))
    natural, bound = place_naturally(given), given.overlap_bound(5)
    assert (given.extent(natural), bound) == (11, 10)
    proof = improve(given, natural, bound)
    assert legal(given, proof.places)
    assert given.extent(proof.places) == proof.lower_bound == 10


def test_a_search_that_cannot_look_at_every_pair_gives_up() -> None:
    given = layout((4, 3, 5), (1, 0, 1), (3, 3, 3), (5, 1, 2), (3, 2, 4))
    natural = place_naturally(given)
    assert improve(given, natural, 10, len(given.interferences)) == Proof(natural, 10)


def test_moves_find_what_first_fit_misses_and_stop_at_the_bound() -> None:
    given = layout((4, 3, 5), (1, 0, 1), (3, 3, 3), (5, 1, 2), (3, 2, 4))
    moved = place_by_moves(given, 10)
    assert legal(given, moved)
    assert given.extent(moved) == 10
    assert place_by_moves(given, 11) == place_naturally(given)


def test_neighbours_are_alive_together() -> None:
    given = layout((1, 0, 1), (1, 1, 2), (1, 2, 3), (1, 0, 3))
    assert given.neighbours == ((1, 3), (0, 2, 3), (1, 3), (0, 1, 2))


def test_a_bound_that_no_placement_reaches_is_refuted() -> None:
    """2 words may lie just in the middle of 4; 2 more never fit beside them then, though only 4 are
    alive at a time.
    """
    given = layout((4, -1, 0), (2, 0, 2), (2, 1, 2), y1x0=InPlaceOffset(-1, exact=True))
    assert given.overlap_bound(2) == 4
    budget = Budget(1_000)
    assert fit(given, 4, budget) is None
    assert budget.checks >= 0
    proof = improve(given, place_naturally(given), 4)
    assert proof.lower_bound == given.extent(proof.places) == 5


def test_a_search_without_checks_left_proves_nothing() -> None:
    given = layout((4, 0, 1), (5, 1, 2), (3, 0, 2), y1x0=InPlaceOffset(1, exact=False))
    known = (0, 10, 20)
    assert improve(given, known, 8, checks=0) == (known, 8)


def test_bounds_count_what_is_alive_and_what_may_be_shared() -> None:
    """10 words become 6 within them while 5 stand by."""
    given = layout((10, -1, 0), (6, 0, 1), (5, -1, 1), y1x0=InPlaceOffset(0, exact=False))
    assert (given.bound(2), given.overlap_bound(2)) == (21, 15)


def test_first_fit_puts_an_output_over_its_input_at_its_in_place_offset() -> None:
    given = layout((10, -1, 0), (6, 0, 1), y1x0=InPlaceOffset(2, exact=False))
    assert first_fit(given, [0, 1]) == (0, 10)
    assert first_fit(given, [1, 0]) == (2, 0)


def test_what_an_in_place_offset_lets_two_buffers_share() -> None:
    """The output below the input by 2: of 10 and 6 words, 6 lie together if only at least 2 are
    asked for.
    """
    assert InPlaceOffset(2, exact=True).shared(10, 6) == 6
    assert InPlaceOffset(2, exact=True).shared(6, 10) == 4
    assert InPlaceOffset(2, exact=False).shared(10, 10) == 8
    assert InPlaceOffset(-20, exact=False).shared(6, 10) == 6
    assert InPlaceOffset(-20, exact=True).shared(6, 10) == 0
    assert InPlaceOffset(30, exact=False).shared(6, 10) == 0


@pytest.mark.slow
def test_a_graph_of_a_hundred_operators_is_planned_within_its_budget() -> None:
    """Counted, not timed: the plan is the same on every machine."""
    generator = random.Random(1)
    works = [
        Work(
            tuple(sorted({generator.randrange(max(0, k - 6), k + 1) for _ in range(2)})),
            generator.randrange(100, 5000),
            (64, 64),
        )
        for k in range(100)
    ]
    works = [Work(w.reads, w.nbytes, w.overlap[: len(w.reads)]) for w in works]
    read = {t for w in works for t in w.reads}
    job = program(Job((3000,), tuple(works), tuple(t for t in range(101) if t not in read)))
    plan = checked_plan(job)
    assert plan.overlap_bound_bytes <= plan.arena_bytes < 1.2 * plan.overlap_bound_bytes
