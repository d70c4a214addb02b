"""Dense layers that are taken eight neurons at a time: which they are, and that their constants give the
reference's outputs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.packed import with_weights
from ops.test_fully_connected import layer

from edgeq.graph import Model
from edgeq.opkit.bias import folded_bias
from edgeq.opkit.eight_neurons import SHIFT, EightNeurons, eight_neurons
from edgeq.opkit.node import Values
from edgeq.opkit.requantize import Requantization
from edgeq.opkit.variants import Layer
from edgeq.ops import bind
from edgeq.ops.fully_connected import output_requantization

RELU = {"fused_activation_function": "RELU", "zero_points": (3, -128)}


def parts(model: Model) -> tuple[Layer, Requantization]:
    (node,) = bind(model.main)
    r = output_requantization(node)
    assert isinstance(r, Requantization)
    return Layer(node, 0, requantization=r), r


def outputs(eights: EightNeurons, sums: Values) -> Values:
    """What the assembly computes of int64 sums [n, neurons] without biases."""
    scaled = 256 * (sums + eights.biases)
    assert np.all(np.abs(scaled) < 2**31)
    if eights.multiplier > 0:
        high = eights.offset + (scaled * eights.multiplier >> 32)
        return np.asarray(np.clip(high >> (8 + SHIFT), -128, 127))
    doubled = scaled >> 7
    rounded = eights.offset + ((doubled * -eights.multiplier + 2**31) >> 32) + (doubled >> 31)
    return np.asarray(np.clip(rounded >> eights.exponent, -128, 127))


@pytest.mark.parametrize(
    ("scales", "options", "once"),
    [
        ((0.05, 0.004, 0.02), RELU, True),
        ((0.05, 0.004, 0.1), RELU, True),
        ((0.05, 0.004, 0.0009), RELU, True),
        ((0.05, 0.004, 0.0005), RELU, False),  # a slope of 0.4 leaves no bit for the shift
        ((0.05, 0.004, 4.0), RELU, True),
        ((0.05, 0.004, 0.02), {}, False),
        ((0.05, 0.004, 0.13), {"zero_points": (-128, -40)}, False),
    ],
)
def test_outputs_are_the_references_at_every_step(
    scales: tuple[float, float, float], options: dict[str, object], once: bool
) -> None:
    of, r = parts(layer((1, 40), 16, seed=5, scales=scales, **options))
    eights = eight_neurons(of)
    assert eights is not None
    assert (eights.multiplier > 0) == once
    reach = 128 * 127 * 40
    sums = np.unique(np.concatenate([np.arange(-3000, 3000), np.linspace(-reach, reach, 20_001)]))
    every = sums.astype(np.int64)[:, None] * np.ones(16, np.int64)
    expected = r(every + folded_bias(of.node, 0))
    np.testing.assert_array_equal(np.clip(outputs(eights, every), r.low, r.high), expected)


@pytest.mark.parametrize("neurons", [4, 12, 15])
def test_neurons_that_fill_no_eights_are_none(neurons: int) -> None:
    assert eight_neurons(parts(layer((1, 40), neurons))[0]) is None


def test_neurons_of_different_scales_are_none() -> None:
    assert eight_neurons(parts(layer((1, 40), 8, per_channel=True))[0]) is None


@pytest.mark.parametrize(("neuron", "fits"), [(None, True), (2, False), (3, False)])
def test_sums_that_leave_24_bits_are_none(neuron: int | None, fits: bool) -> None:
    """Of a first neuron of a pair as of a second one: 256 times each is formed."""
    w = np.zeros((8, 520), np.int8)
    if neuron is not None:
        w[neuron] = 127
    model = with_weights(layer((1, 520), 8), lambda t: replace(t, buffer=w.tobytes()))
    assert (eight_neurons(parts(model)[0]) is not None) == fits


def test_weights_that_are_no_int16_together_are_none() -> None:
    w = np.zeros((8, 8), np.int8)
    w[0], w[1] = -1, -128
    model = with_weights(layer((1, 8), 8), lambda t: replace(t, buffer=w.tobytes()))
    assert eight_neurons(parts(model)[0]) is None
