"""Mixed precision of a small model: ends and order of the front, and bytes equal to the C's."""

from __future__ import annotations

import numpy as np
import pytest
from ops.compiled import run_compiled
from quantize.models import RELU, FloatModel, samples

from edgeq.codegen.native import render_native
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.mixed.budget import Budget
from edgeq.mixed.costs import arena_bytes, flash_bytes
from edgeq.mixed.mixed import Mixed, quantize_mixed
from edgeq.quantize.options import Options
from edgeq.simulate.execute import execute, random_inputs


def network() -> Model:
    m = FloatModel()
    x = m.conv(m.conv(m.input(1, 6, 6, 8), 16, **RELU), 16, **RELU)
    return m.model(m.softmax(m.dense(x, 4)))


@pytest.fixture(scope="module")
def mixed() -> Mixed:
    model = network()
    return quantize_mixed(
        write_tflite(model),
        samples(model),
        Options(scheme="mixed", calibrator="min-max"),
        Budget(accuracy_loss=100.0),
    )


@pytest.mark.slow
def test_flash_decreases_along_the_front(mixed: Mixed) -> None:
    flash = [p.costs.flash_bytes for p in mixed.front]
    assert flash == sorted(flash, reverse=True)
    assert flash[-1] < 0.7 * flash[0]
    assert any(not p.changes for p in mixed.front)
    errors = [p.costs.error for p in mixed.front]
    assert min(errors) < errors[-1]


@pytest.mark.slow
def test_the_picked_model_is_what_its_point_says(mixed: Mixed) -> None:
    made, point = read_tflite(mixed.quantized.content), mixed.front[mixed.point]
    assert (flash_bytes(made.main), arena_bytes(made.main)) == (
        point.costs.flash_bytes,
        point.costs.arena_bytes,
    )
    assert point.costs.flash_bytes == min(p.costs.flash_bytes for p in mixed.front)
    assert {t.dtype for t in made.main.tensors if t.constant} >= {"int32", "int8"}


@pytest.mark.slow
def test_the_compiled_c_gives_the_same_bytes(mixed: Mixed) -> None:
    made = read_tflite(mixed.quantized.content)
    inputs = random_inputs(made.main, 4)
    (output,) = made.main.outputs
    np.testing.assert_array_equal(
        run_compiled(render_native(made, "mixed"), inputs)[output],
        execute(made.main, inputs)[output],
    )
