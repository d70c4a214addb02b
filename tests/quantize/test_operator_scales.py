"""Nearly constant and enormous activations get scales that every integer operator supports."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from quantize.models import FloatModel, calibrated, outputs, samples

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.quantize.assemble import assemble
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.simulate import simulate

LAST = ("SOFTMAX", "LOGISTIC", "TANH", "LOG_SOFTMAX")


def ending_in(kind: str, factor: float) -> Model:
    """A convolution, a pooling, a view and a dense layer with weights times `factor`, then an
    activation.
    """
    m = FloatModel()
    x = m.conv(m.input(1, 4, 4, 2), 3, fused_activation_function="RELU")
    y = m.dense(m.op("RESHAPE", (x,), (1, 48), "ReshapeOptions", new_shape=(1, 48)), 4)
    for t in (*m.ops[0].inputs[1:], *m.ops[2].inputs[1:]):
        tensor = m.tensors[t]
        m.tensors[t] = replace(
            tensor, buffer=(tensor.array * np.float32(factor)).astype(np.float32).tobytes()
        )
    view = m.op("RESHAPE", (y,), (1, 2, 2), "ReshapeOptions", new_shape=(1, 2, 2))
    return m.model(m.softmax(view) if kind == "SOFTMAX" else m.op(kind, (view,), (1, 2, 2)))


MANY = [(kind, factor) for kind in LAST for factor in (0.0, 1e-20, 1e-8, 1e-4)]
SATURATING = [(kind, factor) for kind in ("SOFTMAX", "LOGISTIC", "TANH") for factor in (1e4, 1e12)]


CASES = [
    ("SOFTMAX", 1e-8),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in MANY + SATURATING),
]


@pytest.mark.parametrize(("kind", "factor"), CASES)
def test_weights_of_any_size_have_integers(kind: str, factor: float) -> None:
    """The outputs are the float model's: constant for tiny weights, saturated for enormous ones."""
    model = ending_in(kind, factor)
    data = samples(model)
    made = quantize(write_tflite(model), data, Options(calibrator="min-max", rounding="nearest"))
    found = simulate(read_tflite(made.content), data).outputs
    exact = outputs(model, data)[0].reshape(found.shape)
    limit = 0.07 if kind == "LOG_SOFTMAX" else 0.02  # steps of the output
    assert np.mean(np.abs(found - exact) > limit) <= (0.0 if factor < 1 else 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("factor", [0.0, 1e-20, 1e-4, 1e4])
def test_the_same_with_wide_activations(factor: float) -> None:
    model = ending_in("SOFTMAX", factor)
    quantize(write_tflite(model), samples(model), Options("int16x8", "min-max", rounding="nearest"))


def test_differences_that_cancel_are_zeros() -> None:
    m = FloatModel()
    x = m.dense(m.input(1, 4), 4)
    model = m.model(m.dense(m.binary("SUB", x, m.binary("MUL", x, m.constant(1.0000001))), 2))
    found = simulate(assemble(calibrated(model)), data := samples(model)).outputs
    np.testing.assert_allclose(found, outputs(model, data)[0].reshape(found.shape), atol=1e-2)


def test_healthy_models_keep_the_scales_of_their_ranges() -> None:
    """Tensors that need no other scale keep theirs, whether or not another part of the graph needs
    one.
    """
    model = ending_in("SOFTMAX", 1.0)
    state = calibrated(model)
    made = assemble(state)
    for t, range_ in state.ranges.items():
        if made.main.tensors[t].name != made.main.tensors[made.main.outputs[0]].name:
            assert made.main.tensors[t].scale == pytest.approx(
                (range_.high - range_.low) / 255, rel=1e-5
            )
    assert "QUANTIZE" not in {op.kind for op in made.main.ops}


def test_what_no_scale_helps_is_still_refused() -> None:
    m = FloatModel()
    model = m.model(m.op("ELU", (m.input(1, 4),), (1, 4)))
    state = replace(calibrated(model), dtypes=dict.fromkeys(range(2), "int16"))
    with pytest.raises(UnsupportedError, match="ELU"):
        assemble(state)
