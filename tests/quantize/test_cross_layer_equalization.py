"""Cross-layer equalization keeps the float function and gives consecutive layers similar channel
ranges.
"""

from __future__ import annotations

import numpy as np
import pytest
from quantize.models import RELU, FloatModel, outputs, samples

from edgeq.graph import Model
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.cross_layer_equalization import equalize_layers, layer_pairs
from edgeq.quantize.quantization_state import QuantizationState, by_channel, layers


def chain(activation: str = "RELU", spread: bool = True) -> Model:
    """Convolution, depthwise convolution of twice the channels, convolution, dense layer; the first
    convolution's channels have very different ranges.
    """
    m = FloatModel()
    x = m.conv(m.input(1, 6, 6, 3), 4, fused_activation_function=activation)
    weights, bias = m.normal(1, 3, 3, 8), m.normal(8)
    x = m.op(
        "DEPTHWISE_CONV_2D",
        (x, weights, bias),
        (1, 6, 6, 8),
        "DepthwiseConv2DOptions",
        padding="SAME",
        stride_h=1,
        stride_w=1,
        dilation_h_factor=1,
        dilation_w_factor=1,
        depth_multiplier=2,
        **RELU,
    )
    x = m.conv(x, 5, 1)
    model = fold_batch_norm(m.model(m.dense(x, 7)))
    return disarranged(model) if spread else model


def disarranged(model: Model) -> Model:
    first = next(layers(model.main))
    factors = np.array([0.01, 1, 20, 0.3])
    weights = model.main.tensors[first.weights].array * factors[:, None, None, None]
    return QuantizationState(model).with_constants({first.weights: weights}).model


@pytest.mark.parametrize(
    ("activation", "pairs"), [("RELU", 3), ("NONE", 3), ("RELU6", 2), ("RELU_N1_TO_1", 2)]
)
def test_the_float_function_stays(activation: str, pairs: int) -> None:
    """RELU6 and similar activations clip at fixed values, so no factor can be moved past them."""
    model = chain(activation)
    assert len(list(layer_pairs(model.main))) == pairs
    equal, data = equalize_layers(model), samples(model, 20)
    (expected,), (found,) = outputs(model, data), outputs(equal, data)
    np.testing.assert_allclose(
        found, expected, rtol=1e-4, atol=1e-4 * float(np.abs(expected).max())
    )
    assert equal != model


def test_ranges_on_both_sides_of_a_joint_agree() -> None:
    equal = equalize_layers(chain()).main
    for pair in layer_pairs(equal):
        before = np.abs(by_channel(equal.tensors[pair.first.weights].array, pair.first.axis)).max(
            axis=1
        )
        groups, n = pair.channel.shape
        second = np.abs(
            by_channel(equal.tensors[pair.second.weights].array, pair.second.axis).reshape(
                groups, -1, n
            )
        )
        after = np.zeros_like(before)
        np.maximum.at(after, pair.channel, second.max(axis=1))
        np.testing.assert_allclose(before, after, rtol=0.01)


def test_each_weight_knows_the_channel_that_it_meets() -> None:
    dense = list(layer_pairs(chain().main))
    np.testing.assert_array_equal(dense[0].channel, np.repeat(np.arange(4)[:, None], 9, axis=1))
    np.testing.assert_array_equal(dense[1].channel, np.arange(8)[None])
    np.testing.assert_array_equal(dense[2].channel, np.tile(np.arange(5), 36)[None])


def test_tensors_with_other_readers_and_outputs_stay() -> None:
    m = FloatModel()
    x = m.conv(m.input(1, 4, 4, 2), 3, **RELU)
    y = m.conv(x, 3, **RELU)
    model = fold_batch_norm(m.model(m.binary("ADD", x, m.conv(y, 3)), y))
    assert list(layer_pairs(model.main)) == []
    assert equalize_layers(model) == model


def test_channels_of_zeros_keep_their_weights() -> None:
    model = chain()
    first = next(layers(model.main))
    weights = model.main.tensors[first.weights].array.copy()
    weights[1] = 0
    equal = equalize_layers(
        QuantizationState(model).with_constants({first.weights: weights}).model
    ).main
    assert all(np.isfinite(t.array).all() for t in equal.tensors if t.constant)
    np.testing.assert_array_equal(equal.tensors[first.weights].array[1], 0)
