"""Every kernel's claim of safe overlap against the order in which its machine code reads and writes.

Kernels run on emulated cores, compiled for size and for speed, input, output and scratch apart. From the trace
follows the least distance at which an output could overlap the input with no byte lost.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from firmware.samples import samples
from firmware.tracing import BUILDS, Build, Claimed, apart, claims, strays, trace
from ops.test_conv_2d import convolution

from edgeq.codegen.native import NativeEngine, render_native
from edgeq.graph import Model
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.emulated import Core
from edgeq.verify.image import build_image
from edgeq.verify.targets import find_target
from edgeq.verify.toolchain import choose_compiler

pytestmark = pytest.mark.slow
CORES = BUILDS[:2]
NAMES = " ".join  # of the parts of a build


@lru_cache(maxsize=2)
def traced(core: Build) -> tuple[list[Claimed], list[str]]:
    """All claims beside what the layers did, and the layers that touched what is not theirs."""
    model = apart(samples())
    engine = render_native(model, "apart")
    recorded = trace(engine, model, core)
    return claims(engine, recorded), strays(engine, recorded)


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
def test_layers_touch_nothing_but_what_is_theirs(core: Build) -> None:
    assert traced(core)[1] == []


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
def test_every_claim_is_safe(core: Build) -> None:
    unsafe = [
        f"{claim.layer}: {claim.function} claims {claim.distance}, its order allows {claim.least}"
        for claim in traced(core)[0]
        if not claim.safe
    ]
    assert not unsafe, "\n".join(unsafe)


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_most_claims_are_as_good_as_can_be(core: Build) -> None:
    """A claim too careful wastes memory; printed with `-s` are those that are, and kernels that could claim more."""
    made = [claim for claim in traced(core)[0] if claim.distance is not None and not claim.exact]
    loose = Counter(claim.function for claim in made if claim.distance != claim.least)
    silent = Counter(
        claim.function for claim in traced(core)[0] if claim.distance is None and claim.least < len(claim.writes)
    )
    print(f"\n{NAMES(core)}: {len(made)} claims; more careful than need be: {dict(loose)}; could claim: {dict(silent)}")
    assert loose.total() < len(made) / 2


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_a_claim_that_goes_too_far_is_caught(core: Build) -> None:
    """Every distance below the least, and an exact one where bytes would be lost."""
    bounded = [claim for claim in traced(core)[0] if claim.least > -len(claim.reads)]
    assert len(bounded) > 200
    for claim in bounded:
        assert not replace(claim, distance=claim.least - 1, exact=False).safe
        assert not replace(claim, distance=claim.least - 1, exact=True).safe
        assert replace(claim, distance=claim.least, exact=False).safe


def shifted(model: Model, words: int) -> tuple[NativeEngine, int]:
    """The engine of a single layer with its output at 0 and its input at the claimed distance less so many words."""
    engine = render_native(model, "one")
    (x,), (y,) = engine.program.graph.inputs, engine.program.graph.outputs
    claimed, offsets = engine.plan.offsets[x], engine.plan.offsets
    assert offsets[y] == 0
    place = claimed - 4 * words
    text = engine.files["one.c"].replace(f"(arena + {claimed}), ", f"(arena + {place}), ", 1)
    plan = replace(engine.plan, offsets={**offsets, x: place})
    return replace(engine, files={**engine.files, "one.c": text}, plan=plan), claimed


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_bytes_are_lost_just_below_the_claim(core: Build) -> None:
    """A layer that widens 4 channels to 8 in place: right at its claim, wrong a word below, as the trace says."""
    model, row = convolution((1, 6, 6, 4), (8, 1, 1, 4)), find_target(core.target)
    inputs = random_inputs(model.main, 1)
    expected = execute(model.main, inputs)[model.main.outputs[0]]
    wrong = []
    for words in (0, 1):
        engine, claimed = shifted(model, words)
        assert claimed == (36 - 4) * (8 - 4)  # the last four pixels are read at once
        got = Core(row, build_image(engine, choose_compiler(row)), engine).run(inputs).values[-1]
        wrong.append(int(np.count_nonzero(got != expected)))
    assert wrong[0] == 0 < wrong[1]
