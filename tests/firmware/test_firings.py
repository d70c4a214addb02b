"""What every row kernel says that a firing reads and writes, against what its machine code does.

Each layer is fused with copies of its inputs and its output, so that all of them are line buffers
of as few rows as can be. A firing may touch the rows that its row kernel names, in their lines, and
its scratch; an element-wise layer may overwrite as much as its in-place offset says, others the first
row that they read where their row kernel says so; and of the tensors that a pipeline reads whole it
must have read what it overwrites.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache, lru_cache

import numpy as np
import pytest
from firmware.firings import Fired, all_fired, fused, pipeline_overlaps, row_overlaps, strays
from firmware.row_samples import row_samples
from firmware.tracing import BUILDS, Build, trace_firings
from plan.networks import equal_blocks, pooled, residual

from edgeq.codegen.native import NativeEngine
from edgeq.graph import Model

pytestmark = pytest.mark.slow
CORES = BUILDS[:2]
NAMES = " ".join  # of the parts of a build


def run(made: tuple[Model, NativeEngine], core: Build) -> tuple[NativeEngine, list[Fired]]:
    model, engine = made
    return engine, all_fired(engine.program, trace_firings(engine, model, core))


@cache
def fused_layers() -> tuple[Model, NativeEngine]:
    """Every layer that has a row kernel, and its C, which is the same for all cores."""
    return fused(row_samples(), in_place=False)


@cache
def fused_narrow_layers() -> tuple[Model, NativeEngine]:
    """Those that can compute fewer rows at a time do so."""
    narrow = {k: m for k, m in row_samples().items() if k.startswith(("depthwise", "pointwise"))}
    return fused(narrow, in_place=False, width=-1)


@cache
def fused_networks(in_place: bool) -> tuple[Model, NativeEngine]:
    models = {f"residual {seed}": residual(seed, depthwise=seed in (1, 3)) for seed in range(4)}
    models |= {"pooled": pooled(0), "inverted": equal_blocks(1, "inverted", 12)}
    return fused(models, in_place)


@lru_cache(maxsize=2)
def layers(core: Build) -> tuple[NativeEngine, list[Fired]]:
    return run(fused_layers(), core)


@lru_cache(maxsize=2)
def narrow_layers(core: Build) -> tuple[NativeEngine, list[Fired]]:
    return run(fused_narrow_layers(), core)


@lru_cache(maxsize=4)
def networks(core: Build, in_place: bool) -> tuple[NativeEngine, list[Fired]]:
    return run(fused_networks(in_place), core)


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
def test_firings_touch_nothing_but_their_rows(core: Build) -> None:
    for engine, found in (
        layers(core),
        narrow_layers(core),
        networks(core, True),
        networks(core, False),
    ):
        wrong = Counter(
            engine.program.steps[fired.layer].node.name for fired in found if strays(engine, fired)
        )
        assert not wrong
        pipelines = engine.program.schedule.pipelines
        assert any(lines.rows < 4 for p in pipelines for lines in p.line_buffers.values())


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
def test_every_offset_of_rows_is_safe(core: Build) -> None:
    overlaps = [
        overlap
        for engine, found in (layers(core), narrow_layers(core))
        for fired in found
        for overlap in row_overlaps(engine, fired)
    ]
    functions = {overlap.function for overlap in overlaps}
    assert len(functions) > 10
    assert any("conv_2d_im2col_rows" in name for name in functions)
    assert len([name for name in functions if "depthwise" in name]) > 1
    assert not [overlap.layer for overlap in overlaps if not overlap.safe]


@pytest.mark.parametrize("core", BUILDS, ids=NAMES, scope="module")
@pytest.mark.parametrize("in_place", [False, True])
def test_a_pipeline_has_read_what_it_overwrites(core: Build, in_place: bool) -> None:
    engine, found = networks(core, in_place)
    for pipeline in engine.program.schedule.pipelines:
        of_pipeline = [fired for fired in found if fired.pipeline is pipeline]
        for overlap in pipeline_overlaps(engine, pipeline, of_pipeline):
            assert overlap.safe, (
                f"{overlap.layer} states {overlap.offset}, its order allows {overlap.least}"
            )
            assert (
                overlap.least <= -len(overlap.reads)
                or not replace(overlap, offset=overlap.least - 1).safe
            )


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_a_row_kernel_that_names_too_few_rows_is_caught(core: Build) -> None:
    """Every layer with a window, told to see a row less above or below."""
    engine, found = layers(core)
    caught = set()
    for fired in found:
        rows, window, stage = fired.firing.span, fired.kernel.window, fired.firing.stage
        if window is None or not fired.kernel.line_buffered:
            continue
        for fewer in (
            window._replace(size=window.size - 1),
            window._replace(before=window.before - 1, size=window.size - 1),
        ):
            kernel = replace(fired.kernel, window=fewer)
            (first, end), (seen_first, seen_end) = fired.kernel.reads(rows), kernel.reads(rows)
            if seen_first > first or seen_end < end:
                kernels = list(fired.pipeline.kernels)
                kernels[stage] = kernel
                pipeline = replace(fired.pipeline, kernels=tuple(kernels))
                assert strays(engine, replace(fired, pipeline=pipeline))
                caught.add(fired.layer)
    assert len(caught) > 10


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_a_line_buffer_of_too_few_rows_is_caught(core: Build) -> None:
    """A row less, and some firing reads or writes outside of it, as if its rows were elsewhere."""
    engine, found = layers(core)
    for pipeline in engine.program.schedule.pipelines:
        of_pipeline = [fired for fired in found if fired.pipeline is pipeline]
        for t, lines in pipeline.line_buffers.items():
            if lines.place is None and lines.rows > 1:
                buffers = {**pipeline.line_buffers, t: lines._replace(rows=lines.rows - 1)}
                small = replace(pipeline, line_buffers=buffers)
                assert any(strays(engine, replace(fired, pipeline=small)) for fired in of_pipeline)


@pytest.mark.parametrize("core", CORES, ids=NAMES, scope="module")
def test_an_offset_of_rows_that_is_too_small_is_caught(core: Build) -> None:
    engine, found = layers(core)
    overlaps = [overlap for fired in found for overlap in row_overlaps(engine, fired)]
    bounded = [overlap for overlap in overlaps if overlap.least > -len(overlap.reads)]
    assert len(bounded) > 100
    assert all(np.max(overlap.reads) >= 0 for overlap in bounded)
    assert not any(
        replace(overlap, offset=overlap.least - 1, exact=False).safe for overlap in bounded
    )
