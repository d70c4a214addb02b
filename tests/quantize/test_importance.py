"""Importance of weights: mean squares by NumPy, and better codebooks where inputs differ."""

from __future__ import annotations

import numpy as np
import pytest
from quantize.models import FloatModel, outputs, samples

from edgeq.data import Samples
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.quantize import observe
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.importance import importance
from edgeq.quantize.options import Options
from edgeq.quantize.quantization_state import layers
from edgeq.quantize.quantize import quantize
from edgeq.quantize.reconstruct import DAMPING
from edgeq.simulate.simulate import simulate

SPREAD = np.geomspace(0.02, 1.0, 48).astype(np.float32)


def dense() -> Model:
    m = FloatModel()
    return m.model(m.dense(m.input(1, 48), 8))


def uneven(count: int, seed: int = 0) -> Samples:
    """Inputs of a dense layer whose magnitudes differ fiftyfold."""
    return Samples((samples(dense(), count, seed).x * SPREAD,))


def test_it_is_the_mean_square_of_each_weights_inputs(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a convolution, of the values under each tap, with 0 beyond the border; independent of the
    block size.
    """
    m = FloatModel()
    model = fold_batch_norm(m.model(m.depthwise(m.conv(m.input(1, 5, 5, 2), 4, 1))))
    data = samples(model, 12)
    whole = importance(model, data)
    monkeypatch.setattr(observe, "BLOCK_BYTES", 4 * 5 * 5 * 6 * 5)
    for index, found in importance(model, data).items():
        np.testing.assert_allclose(found, whole[index], rtol=1e-12)
    first, second = layers(model.main)
    x = data.x.astype(np.float64)
    assert whole[first.index].shape == (4, 2)
    np.testing.assert_allclose(
        whole[first.index], damped(np.tile(np.square(x).mean(axis=(0, 1, 2)), (4, 1)))
    )
    weights, bias = (
        model.main.tensors[t].array.astype(np.float64) for t in (first.weights, first.bias)
    )
    padded = np.pad(np.square(x @ weights.reshape(4, 2).T + bias), ((0, 0), (1, 1), (1, 1), (0, 0)))
    taps = [
        padded[:, i : i + 5, j : j + 5].mean(axis=(0, 1, 2)) for i in range(3) for j in range(3)
    ]
    np.testing.assert_allclose(whole[second.index], damped(np.stack(taps, axis=1)), rtol=1e-5)


def damped(square: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    return square + DAMPING * square.mean()


def error(rounding: str, codebook_importance: str) -> float:
    """Mean absolute difference from the float model on samples that were not used for calibration."""
    options = Options(
        scheme="codebook",
        codebook_bits=2,
        calibrator="min-max",
        rounding=rounding,
        codebook_importance=codebook_importance,
        real_inputs=False,
    )
    made, unseen = quantize(write_tflite(dense()), uneven(256), options), uneven(128, seed=5)
    found = simulate(read_tflite(made.content), unseen).outputs
    return float(np.abs(found - outputs(dense(), unseen)[0].reshape(found.shape)).mean())


def test_weights_of_strong_inputs_come_nearer() -> None:
    assert error("nearest", "inputs") < 0.9 * error("nearest", "equal")


def test_left_alone_it_counts_where_no_index_is_chosen_by_the_outputs() -> None:
    assert error("nearest", "auto") == error("nearest", "inputs")
    assert error("second-order", "auto") == error("second-order", "equal")


def test_weights_of_inputs_that_are_always_0_count_alike() -> None:
    zeros = Samples((np.zeros((8, 48), np.float32),))
    made = [
        quantize(
            write_tflite(dense()),
            zeros,
            Options(scheme="codebook", rounding="nearest", codebook_importance=way),
        )
        for way in ("equal", "inputs")
    ]
    assert made[0].content == made[1].content
