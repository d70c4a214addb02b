"""Networks of fused pipelines, in C: every row of every tensor is what the simulator says it is."""

from __future__ import annotations

import numpy as np
import pytest
from ops.compiled import OPTIMIZATION
from plan.networks import Network, equal_blocks, pooled, residual

from edgeq.codegen.native import render_native
from edgeq.graph import Model
from edgeq.simulate.execute import random_inputs
from edgeq.verify.job import Settings, prepare
from edgeq.verify.run import verify_target
from edgeq.verify.targets import find_target


def different(
    model: Model, target: str, compiler: str | None = None, optimization: str = "-O2"
) -> int | None:
    engine = render_native(model, "rows")
    assert engine.program.schedule.pipelines
    job = prepare(model, engine, random_inputs(model.main, 2))
    result = verify_target(
        job,
        find_target(target),
        settings=Settings(compiler=compiler, optimization=optimization),
        strict=True,
    )
    assert result.status == "ok", result
    return result.bytes_different


@pytest.mark.parametrize(
    "seed", [2, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (0, 1, 3, 4, 5))]
)
def test_every_row_is_right_on_the_host(seed: int) -> None:
    model = residual(seed, depthwise=seed in (1, 3, 4))
    assert different(model, "host", optimization=OPTIMIZATION) == 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_every_row_is_right_where_rows_are_pooled(seed: int) -> None:
    assert different(pooled(seed), "host") == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["inverted", "residual"])
def test_every_row_is_right_where_block_follows_block(kind: str) -> None:
    """Each output of a pipeline takes the place of its input, and is added to it."""
    model = equal_blocks(3, kind, 20, 12)
    assert len(render_native(model, "rows").program.schedule.pipelines) > 1
    assert different(model, "host") == 0


@pytest.mark.slow
def test_every_row_is_right_where_a_border_is_added() -> None:
    """As Keras does before a stride of 2: padded below and to the right, then filtered without
    padding.
    """
    net = Network(np.random.default_rng(0))
    y = net.filter(net.input(32, 20, 3), 24, (1, 1))
    y = net.filter(net.pad(y, (0, 1), (0, 1)), 0, (3, 3), 2, "VALID")
    model = net.model(net.filter(y, 4, (1, 1)))
    (pipeline,) = render_native(model, "rows").program.schedule.pipelines
    assert len(pipeline.steps) == 4
    assert different(model, "host", optimization="-O0") == 0


def test_clang_agrees() -> None:
    assert different(residual(3, depthwise=True), "host", "clang") == 0


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m55", "rv32imc"])
def test_every_row_is_right_on_emulated_cores(target: str) -> None:
    assert different(pooled(0), target) == 0
    for seed in range(4):
        assert different(residual(seed, depthwise=seed in (1, 3)), target) == 0


@pytest.mark.slow
@pytest.mark.parametrize("optimization", ["-O0", "-O3", "-Os"])
def test_every_row_is_right_by_gcc(optimization: str) -> None:
    """Which deletes and merges what clang leaves: loads of assembly that is not volatile, and what
    ends a layer.
    """
    for target in ("cortex-m4", "cortex-m0"):
        assert (
            different(residual(3, depthwise=True), target, "arm-none-eabi-gcc", optimization) == 0
        )


@pytest.mark.slow
def test_every_row_is_right_on_a_core_of_8_bits() -> None:
    assert different(pooled(0), "avr-atmega2560") == 0
    assert different(residual(3, depthwise=True), "avr-atmega2560") == 0
