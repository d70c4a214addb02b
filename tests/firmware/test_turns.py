"""Row by row: what every kernel says that a turn reads and writes, against what its machine code does.

Each layer runs in a chain between copies of its inputs and its output, so that all of them are rings of as few rows as
can be. A turn may touch the rows that its row form names, in the lines of the rings, and its scratch; an element-wise
layer may overwrite what it claims; and of the tensors that a chain reads whole it must have read what it overwrites.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from firmware.row_samples import row_samples
from firmware.tracing import BUILDS, Build, trace_turns
from firmware.turns import Part, chain_claims, chained, parts, row_claims, strays
from plan.networks import equal_blocks, pooled, residual

from edgeq.codegen.native import NativeEngine
from edgeq.graph import Model
from edgeq.opkit.rows import Span

pytestmark = pytest.mark.slow
CORES = BUILDS[:2]
NAMES = " ".join  # of the parts of a build


def run(models: dict[str, Model], core: Build, in_place: bool, level: int = 0) -> tuple[NativeEngine, list[Part]]:
    model, engine = chained(models, in_place, level)
    return engine, parts(engine.program, trace_turns(engine, model, core))


@lru_cache(maxsize=2)
def layers(core: Build) -> tuple[NativeEngine, list[Part]]:
    return run(row_samples(), core, in_place=False)


@lru_cache(maxsize=2)
def narrow_layers(core: Build) -> tuple[NativeEngine, list[Part]]:
    """Those that can compute fewer rows at a time do so."""
    return run({k: m for k, m in row_samples().items() if k.startswith("depthwise")}, core, in_place=False, level=-1)


@lru_cache(maxsize=4)
def networks(core: Build, in_place: bool) -> tuple[NativeEngine, list[Part]]:
    models = {f"residual {seed}": residual(seed, depthwise=seed in (1, 3)) for seed in range(4)}
    models |= {"pooled": pooled(0), "inverted": equal_blocks(1, "inverted", 12)}
    return run(models, core, in_place)


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
def test_turns_touch_nothing_but_their_rows(core: Build) -> None:
    for engine, found in (layers(core), narrow_layers(core), networks(core, True), networks(core, False)):
        wrong = Counter(engine.program.steps[part.layer].node.name for part in found if strays(engine, part))
        assert not wrong
        assert any(ring.rows < 4 for chain in engine.program.chains for ring in chain.rings.values())


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
def test_every_claim_on_a_row_is_safe(core: Build) -> None:
    engine, found = layers(core)
    claims = [claim for part in found for claim in row_claims(engine, part)]
    assert len({claim.function for claim in claims}) > 7
    assert not [claim.layer for claim in claims if not claim.safe]


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
@pytest.mark.parametrize("in_place", [False, True])
def test_a_chain_has_read_what_it_overwrites(core: Build, in_place: bool) -> None:
    engine, found = networks(core, in_place)
    for chain in engine.program.chains:
        for claim in chain_claims(engine, chain, [part for part in found if part.chain is chain]):
            assert claim.safe, f"{claim.layer} claims {claim.distance}, its order allows {claim.least}"
            assert claim.least <= -len(claim.reads) or not replace(claim, distance=claim.least - 1).safe


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_a_row_form_that_names_too_few_rows_is_caught(core: Build) -> None:
    """Every layer with a window, told to see a row less above or below."""
    engine, found = layers(core)
    caught = set()
    for part in found:
        rows, window = Span(part.turn.first, part.turn.end), part.form.window
        if window is None or not part.form.ringed:
            continue
        for fewer in (
            window._replace(size=window.size - 1),
            window._replace(before=window.before - 1, size=window.size - 1),
        ):
            form = replace(part.form, window=fewer)
            (first, end), (seen_first, seen_end) = part.form.reads(rows), form.reads(rows)
            if seen_first > first or seen_end < end:
                forms = (*part.chain.forms[: part.turn.step], form, *part.chain.forms[part.turn.step + 1 :])
                assert strays(engine, replace(part, chain=replace(part.chain, forms=forms)))
                caught.add(part.layer)
    assert len(caught) > 10


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_a_ring_of_too_few_rows_is_caught(core: Build) -> None:
    """A row less, and some turn reads or writes outside the ring, as if its rows were elsewhere."""
    engine, found = layers(core)
    for chain in engine.program.chains:
        turns = [part for part in found if part.chain is chain]
        for t, ring in chain.rings.items():
            if ring.place is None and ring.rows > 1:
                rings = {**chain.rings, t: ring._replace(rows=ring.rows - 1)}
                small = replace(chain, rings=rings)
                assert any(strays(engine, replace(part, chain=small)) for part in turns)


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_a_claim_on_a_row_that_goes_too_far_is_caught(core: Build) -> None:
    engine, found = layers(core)
    claims = [claim for part in found for claim in row_claims(engine, part)]
    bounded = [claim for claim in claims if claim.least > -len(claim.reads)]
    assert len(bounded) > 100
    assert all(np.max(claim.reads) >= 0 for claim in bounded)
    assert not any(replace(claim, distance=claim.least - 1, exact=False).safe for claim in bounded)
