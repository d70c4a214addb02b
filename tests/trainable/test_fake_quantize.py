"""Fake quantization compared with TensorFlow's operators and the papers' formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeq.quantize.affine import affine as exact_affine
from edgeq.quantize.quantization_state import Range

pytestmark = pytest.mark.slow  # TensorFlow


@pytest.fixture(scope="module")
def tf() -> Any:
    from edgeq.convert.backend import tensorflow

    return tensorflow()


@pytest.mark.parametrize(
    "ends", [(-1.0, 1.0), (0.0, 6.0), (-0.3, 0.0), (0.0, 0.0), (-1e-3, 7.3), (-5.0, 1e-6)]
)
@pytest.mark.parametrize(("bits", "dtype"), [(8, "int8"), (16, "int16")])
def test_scales_are_the_quantizers(
    tf: Any, ends: tuple[float, float], bits: int, dtype: str
) -> None:
    from edgeq.trainable.fake_quantize import affine

    ends32 = tuple(float(np.float32(end)) for end in ends)
    expected = exact_affine(Range(*ends32), dtype, "x")
    scale, zero_point = affine(tf.constant(ends[0]), tf.constant(ends[1]), bits)
    assert (float(scale), int(zero_point)) == (expected.scale[0], expected.zero_point[0])


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
def test_weights_are_those_of_tensorflows_operator(tf: Any, bits: int) -> None:
    """Value and gradient, per channel with narrow range."""
    from edgeq.trainable.fake_quantize import lsq_quantized

    limit = 2 ** (bits - 1) - 1
    w = tf.constant(np.random.default_rng(0).normal(0, 1, (50, 3)).astype(np.float32))
    reach = tf.constant([1.5, 0.7, 9.0])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(w)
        ours = lsq_quantized(w, reach / limit, -limit, limit)
        theirs = tf.quantization.fake_quant_with_min_max_vars_per_channel(
            w, -reach, reach, bits, narrow_range=True
        )
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    np.testing.assert_array_equal(tape.gradient(ours, w), tape.gradient(theirs, w))


def test_the_gradient_of_a_step_is_lsqs(tf: Any) -> None:
    """Esser et al. 2020, equation 3: round(v) - v inside, the limits outside."""
    from edgeq.trainable.fake_quantize import lsq_quantized

    v = np.array([-9.2, -6.6, 0.3, 2.6, 7.4], np.float32)
    step = tf.constant(0.25)
    with tf.GradientTape() as tape:
        tape.watch(step)
        y = lsq_quantized(tf.constant(v) * 0.25, step, -7.0, 7.0)
    np.testing.assert_allclose(y, np.array([-7, -7, 0, 3, 7]) * 0.25, atol=1e-6)
    expected = np.array([-7, -7 + 6.6, -0.3, 3 - 2.6, 7])
    assert float(tape.gradient(y, step)) == pytest.approx(expected.sum(), abs=1e-5)


def test_the_scale_of_a_gradient_changes_no_value(tf: Any) -> None:
    from edgeq.trainable.fake_quantize import scaled_gradient

    x = tf.constant(np.random.default_rng(0).normal(0, 1, 100).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = scaled_gradient(x, 0.37)
    np.testing.assert_array_equal(y, x)
    np.testing.assert_allclose(tape.gradient(y, x), np.full(100, 0.37), rtol=1e-6)
