"""What convolutions share: factors, bias and parameters of each output channel."""

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import constant, quantized, single_op

from edgeq.errors import ModelError
from edgeq.opkit.contract import Node
from edgeq.opkit.convolution import channel_parameters, folded_bias, output_requantization, weight_scales
from edgeq.opkit.requantize import WideRequantization
from edgeq.ops import bind

OPTIONS = {"padding": "VALID", "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}


def pointwise(weights: list[list[int]], bias: list[int], scales: list[float], zero_point: int = 0,
              dtype: str = "int8") -> Node:  # fmt: skip
    """A 1x1 convolution of input scale 0.5 and output scale 0.25; weights by filter and channel."""
    filters = np.array(weights, np.int8)[:, None, None, :]
    x = quantized("x", (1, 1, 1, filters.shape[3]), 0.5, zero_point, dtype)
    b = constant("b", np.array(bias, np.int64 if dtype == "int16" else np.int32))
    y = quantized("y", (1, 1, 1, len(filters)), 0.25, 0, dtype)
    return bind(single_op("CONV_2D", [x, constant("w", filters, scales), b], y, "Conv2DOptions", **OPTIONS).main)[0]


def test_the_bias_takes_the_input_zero_point_times_the_weights() -> None:
    node = pointwise([[1, 2], [-3, 4]], [10, 20], [0.5, 0.5], zero_point=-5)
    np.testing.assert_array_equal(folded_bias(node, 0), [10 + 5 * 3, 20 + 5 * 1])


def test_a_folded_bias_wraps_as_the_accumulator_does() -> None:
    node = pointwise([[127, 127]], [2**31 - 1], [0.5], zero_point=-128)
    np.testing.assert_array_equal(folded_bias(node, 0), [2**31 - 1 + 128 * 254 - 2**32])


def test_each_channel_has_the_factor_of_its_scale_and_one_scale_serves_all() -> None:
    r = output_requantization(pointwise([[1], [1]], [0, 0], [0.5, 0.125]))
    np.testing.assert_array_equal((r.multiplier, r.shift), ([2**30, 2**30], [1, -1]))  # 0.5 * scale / 0.25
    r = output_requantization(pointwise([[1], [1]], [0, 0], [0.5]))
    np.testing.assert_array_equal((r.multiplier, r.shift), ([2**30, 2**30], [1, 1]))


def test_int16_keeps_half_the_multiplier_and_the_whole_shift() -> None:
    node = pointwise([[1]], [2**40], [0.75], dtype="int16")
    r = output_requantization(node)
    assert isinstance(r, WideRequantization)
    fields = channel_parameters(node, 0, r)
    assert (fields["bias"], fields["multiplier"], fields["shift"]) == (2**40, 3 << 13, 14)  # 1.5 = 0.75 * 2**1


def test_scales_of_another_count_than_channels_are_refused() -> None:
    node = pointwise([[1], [1], [1]], [0, 0, 0], [0.5, 0.5, 0.5])
    w = node.input(1)
    assert w.quantization is not None
    two = replace(w, quantization=replace(w.quantization, scale=(0.5, 0.5), zero_point=(0, 0)))
    with pytest.raises(ModelError, match="2 weight scales — it has 3 output channels"):
        weight_scales(replace(node, inputs=(node.input(0), two, node.input(2))))
