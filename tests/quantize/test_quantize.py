"""Complete quantization: every scheme is near the float model, and the default is nearer than
rounding to nearest.
"""

from __future__ import annotations

import numpy as np
import pytest
from quantize.models import FloatModel, outputs, residual, samples, uneven

from edgeq.errors import EdgeqError
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.simulate import simulate


def error(options: Options, model: Model | None = None) -> float:
    """Mean absolute difference from the float model (`residual` by default) on samples that were
    not used for calibration.
    """
    model = model or residual()
    unseen = samples(model, 256, seed=9)
    made = quantize(write_tflite(model), samples(model, 64), options)
    found = simulate(read_tflite(made.content), unseen).outputs
    return float(np.abs(found - outputs(model, unseen)[0].reshape(found.shape)).mean())


@pytest.mark.parametrize(
    ("options", "most"),
    [
        (Options(), 0.004),
        pytest.param(Options(scheme="int16x8"), 0.0004, marks=pytest.mark.slow),
        (Options(scheme="int4"), 0.006),
        pytest.param(Options(scheme="codebook"), 0.005, marks=pytest.mark.slow),
        (Options(scheme="dynamic"), 0.0008),
        pytest.param(
            Options(calibrator="auto-per-tensor", rounding="adaround"),
            0.0035,
            marks=pytest.mark.slow,
        ),
        (
            Options(calibrator="entropy", rounding="nearest", equalize=True, per_channel=False),
            0.013,
        ),
    ],
    ids=str,
)
def test_every_scheme_is_near_the_float_model(options: Options, most: float) -> None:
    assert error(options) < most


@pytest.mark.parametrize(("scheme", "most"), [("int8", 0.95), ("int4", 0.4)])
def test_rounding_that_reproduces_outputs_is_nearer_than_the_nearest_integers(
    scheme: str, most: float
) -> None:
    """Both roundings use the same ranges."""
    by_output, nearest = (
        Options(scheme, "min-max"),
        Options(scheme, "min-max", rounding="nearest", correct_bias=False),
    )
    assert error(by_output) < most * error(nearest)


@pytest.mark.slow
def test_filled_ranges_bring_outputs_nearer() -> None:
    model = uneven()
    assert error(Options(), model) < 0.95 * error(Options(fill_ranges=False), model)


@pytest.mark.slow
def test_the_same_samples_give_the_same_bytes() -> None:
    model = write_tflite(residual())
    assert (
        quantize(model, samples(residual())).content == quantize(model, samples(residual())).content
    )


def test_repeated_weights_stay_the_same_and_are_stored_once() -> None:
    m = FloatModel()
    x, shared = m.input(1, 64), m.normal(64, 64, scale=0.1)
    for _ in range(4):
        x = m.op(
            "FULLY_CONNECTED",
            (x, shared),
            (1, 64),
            "FullyConnectedOptions",
            fused_activation_function="RELU",
        )
    model = m.model(x)
    made = quantize(write_tflite(model), samples(model))
    stored = {
        t.buffer for t in read_tflite(made.content).main.tensors if t.dtype == "int8" and t.constant
    }
    assert len(stored) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"scheme": "int2"},
        {"calibrator": "best"},
        {"rounding": "up"},
        {"percentile": 101.0},
        {"codebook_bits": 9},
        {"codebook_importance": "some"},
    ],
)
def test_options_that_are_not_known_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(EdgeqError):
        Options(**wrong)  # type: ignore[arg-type]
