"""The in-place offset of every kernel against the order in which its machine code reads and writes.

Kernels run on emulated cores, compiled for size and for speed, input, output and scratch apart.
From the trace follows the least distance at which an output could overlap the input with no byte
lost.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
import pytest
from firmware.samples import samples
from firmware.tracing import BUILDS, Build, Overlap, apart, overlaps, strays, trace
from ops.test_conv_2d import convolution
from ops.unscheduled import render_unscheduled

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


@cache
def layers() -> tuple[Model, NativeEngine]:
    """Every sample as a layer of one model, and its C, which is the same for all cores."""
    model = apart(samples())
    return model, render_unscheduled(model, "apart")


@lru_cache(maxsize=2)
def traced(core: Build) -> tuple[list[Overlap], list[str]]:
    """All in-place offsets beside what the layers did, and the layers that touched what is not theirs."""
    model, engine = layers()
    recorded = trace(engine, model, core)
    return overlaps(engine, recorded), strays(engine, recorded)


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
def test_layers_touch_nothing_but_what_is_theirs(core: Build) -> None:
    assert traced(core)[1] == []


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
def test_every_offset_is_safe(core: Build) -> None:
    unsafe = [
        f"{found.layer}: {found.function} states {found.offset}, its order allows {found.least}"
        for found in traced(core)[0]
        if not found.safe
    ]
    assert not unsafe, "\n".join(unsafe)


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_most_offsets_are_as_small_as_can_be(core: Build) -> None:
    """An offset larger than need be wastes memory; printed with `-s` are those that are, and
    kernels that state none and could.
    """
    made = [o for o in traced(core)[0] if o.offset is not None and not o.exact]
    loose = Counter(o.function for o in made if o.offset != o.least)
    silent = Counter(
        o.function for o in traced(core)[0] if o.offset is None and o.least < len(o.writes)
    )
    print(
        f"\n{NAMES(core)}: {len(made)} offsets; larger than need be: {dict(loose)}; could state one: {dict(silent)}"
    )
    assert loose.total() < len(made) / 2


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_an_offset_that_is_too_small_is_caught(core: Build) -> None:
    """Every distance below the least, and an exact one where bytes would be lost."""
    bounded = [o for o in traced(core)[0] if o.least > -len(o.reads)]
    assert len(bounded) > 200
    for o in bounded:
        assert not replace(o, offset=o.least - 1, exact=False).safe
        assert not replace(o, offset=o.least - 1, exact=True).safe
        assert replace(o, offset=o.least, exact=False).safe


def shifted(model: Model, words: int) -> tuple[NativeEngine, int]:
    """The engine of a single layer with its output at 0 and its input at the stated offset less
    so many words.
    """
    engine = render_native(model, "one")
    (x,), (y,) = engine.program.graph.inputs, engine.program.graph.outputs
    offset, offsets = engine.plan.offsets[x], engine.plan.offsets
    assert offsets[y] == 0
    place = offset - 4 * words
    text = engine.files["one.c"].replace(f"(arena + {offset}), ", f"(arena + {place}), ", 1)
    plan = replace(engine.plan, offsets={**offsets, x: place})
    return replace(engine, files={**engine.files, "one.c": text}, plan=plan), offset


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_bytes_are_lost_just_below_the_offset(core: Build) -> None:
    """A layer that widens 4 channels to 8 in place: right at its offset, wrong a word nearer, as
    the trace says.
    """
    model, row = convolution((1, 6, 6, 4), (8, 1, 1, 4)), find_target(core.target)
    inputs = random_inputs(model.main, 1)
    expected = execute(model.main, inputs)[model.main.outputs[0]]
    wrong = []
    for words in (0, 1):
        engine, offset = shifted(model, words)
        assert offset == (36 - 4) * (8 - 4)  # the last four pixels are read at once
        got = Core(row, build_image(engine, choose_compiler(row)), engine).run(inputs).values[-1]
        wrong.append(int(np.count_nonzero(got != expected)))
    assert wrong[0] == 0 < wrong[1]
