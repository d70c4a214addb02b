"""Range warnings for a classifier with a known input range."""

from __future__ import annotations

import numpy as np
import pytest

from edgeq.data import Samples, check_range
from edgeq.graph import Graph, Model, Op, Tensor, write_tflite

CLASSES = 4


def classifier(gain: float, offset: float = 0.0) -> bytes:
    """Softmax of gain * (x + offset); suits data for which gain * x varies by a few units."""
    weights = (gain * np.eye(CLASSES)).astype(np.float32)
    bias = np.full(CLASSES, gain * offset, np.float32)
    tensors = (
        Tensor("x", (1, CLASSES), "float32"),
        Tensor("w", weights.shape, "float32", buffer=weights.tobytes()),
        Tensor("b", bias.shape, "float32", buffer=bias.tobytes()),
        Tensor("logits", (1, CLASSES), "float32"),
        Tensor("p", (1, CLASSES), "float32"),
    )
    dense = Op("FULLY_CONNECTED", (0, 1, 2), (3,), options_type="FullyConnectedOptions")
    softmax = Op("SOFTMAX", (3,), (4,), (("beta", 1.0),), options_type="SoftmaxOptions")
    return write_tflite(Model((Graph(tensors, (dense, softmax), (0,), (4,)),)))


def pixels(count: int = 64, labelled: bool = False) -> Samples:
    """Data from 0 to 1 for `classifier(8)`."""
    rng = np.random.default_rng(0)
    y = np.arange(count) % CLASSES
    x = rng.uniform(0, 0.6, (count, CLASSES)).astype(np.float32)
    x[np.arange(count), y] = rng.uniform(0.5, 1, count)
    x[0, 0], x[1, 0] = 1, 0
    return Samples((x,), y if labelled else None)


def scaled(samples: Samples, factor: float, offset: float = 0.0) -> Samples:
    return Samples((samples.x * np.float32(factor) + np.float32(offset),), samples.y)  # type: ignore[operator]


@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize(
    ("factor", "offset", "gain", "shift"),
    [(1, 0, 8, 0), (255, 0, 8 / 255, 0), (2, -1, 4, 1), (1000, 0, 8 / 1000, 0)],
)
def test_the_right_range_is_silent(
    labelled: bool, factor: float, offset: float, gain: float, shift: float
) -> None:
    assert (
        check_range(scaled(pixels(labelled=labelled), factor, offset), classifier(gain, shift))
        == []
    )


@pytest.mark.parametrize(
    ("factor", "offset", "said"),
    [
        (255, 0, "divided by 255 (0..1), not as it is"),
        (1000, 0, "saturated"),
        (1 / 1000, 0, "barely depend"),
    ],
)
def test_another_range_is_named_without_labels(factor: float, offset: float, said: str) -> None:
    (warning,) = check_range(scaled(pixels(), factor, offset), classifier(8))
    assert said in warning


def test_a_single_sample_is_warned_of() -> None:
    (warning,) = check_range(pixels().take(1), classifier(8))
    assert warning.startswith("there is a single sample")


def test_raw_pixels_are_missed_by_a_model_that_was_given_fractions() -> None:
    (warning,) = check_range(pixels(), classifier(8 / 255))
    assert "times 255 (0..255), not as it is" in warning


def test_labels_that_the_model_contradicts_are_reported() -> None:
    samples = pixels(labelled=True)
    assert samples.y is not None
    shifted = Samples(samples.inputs, (samples.y.astype(np.int64) + 1) % CLASSES)
    (warning,) = check_range(shifted, classifier(8))
    assert "of the labels right, always guessing one class gets 25%" in warning


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.full((3, 4), 7.0), "the input is constant: every value is 7"),
        (np.tile(np.arange(4.0), (3, 1)), "the input is the same for all 3 samples"),
        (np.arange(12.0).reshape(3, 4) * 1e5, "goes from 0 to 1.1e+06"),
    ],
)
def test_plain_facts_need_no_model(x: np.ndarray, said: str) -> None:
    (warning,) = check_range(Samples((x.astype(np.float32),)))
    assert said in warning


def test_several_inputs_are_named_by_number() -> None:
    good, bad = np.arange(6, dtype=np.float32).reshape(3, 2), np.zeros((3, 2), np.float32)
    assert check_range(Samples((good, bad))) == ["input 1 is constant: every value is 0"]


def test_a_model_that_ignores_its_input_is_named() -> None:
    (warning,) = check_range(pixels(), classifier(0.0))
    assert "gives every sample the same output" in warning
