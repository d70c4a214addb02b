"""CONV_2D against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import assert_all_agree, constant, quantized, single_op

from edgeq.graph import Model


def convolution(x: tuple[int, ...], filters: tuple[int, ...], y: tuple[int, ...], seed: int = 0, per_channel: bool = True,
                zero_point: int = 3, **attributes: object) -> Model:  # fmt: skip
    rng = np.random.default_rng(seed)
    scales = rng.uniform(0.001, 0.01, filters[0]) if per_channel else 0.004
    weights = constant("w", rng.integers(-127, 128, filters, np.int8), scales)
    bias = constant("b", rng.integers(-3000, 3000, filters[0], np.int32), np.atleast_1d(scales) * 0.05)
    options = {"padding": "SAME", "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1,
               "fused_activation_function": "NONE"} | attributes  # fmt: skip
    inputs = [quantized("x", x, 0.05, zero_point), weights, bias]
    return single_op("CONV_2D", inputs, quantized("y", y, 0.08, -5), "Conv2DOptions", 3, **options)


CASES = {
    "3x3 same": convolution((1, 6, 5, 3), (4, 3, 3, 3), (1, 6, 5, 4)),
    "3x3 valid": convolution((1, 6, 5, 3), (4, 3, 3, 3), (1, 4, 3, 4), padding="VALID"),
    "1x1": convolution((1, 4, 4, 8), (5, 1, 1, 8), (1, 4, 4, 5)),
    "1x1 stride 2": convolution((1, 5, 5, 8), (5, 1, 1, 8), (1, 3, 3, 5), stride_h=2, stride_w=2),
    "stride 2, even size": convolution((1, 8, 8, 3), (4, 3, 3, 3), (1, 4, 4, 4), stride_h=2, stride_w=2),
    "unequal strides": convolution((1, 9, 8, 2), (3, 4, 2, 2), (1, 3, 8, 3), stride_h=3),
    "dilation": convolution((1, 9, 9, 2), (3, 3, 3, 2), (1, 9, 9, 3), dilation_h_factor=2, dilation_w_factor=3),
    "relu6": convolution((1, 4, 4, 3), (4, 3, 3, 3), (1, 4, 4, 4), fused_activation_function="RELU6"),
    "relu n1 to 1": convolution((1, 4, 4, 3), (4, 3, 3, 3), (1, 4, 4, 4), fused_activation_function="RELU_N1_TO_1"),
    "per tensor": convolution((1, 4, 4, 3), (4, 3, 3, 3), (1, 4, 4, 4), per_channel=False),
    "batch of 2": convolution((2, 4, 4, 3), (4, 3, 3, 3), (2, 4, 4, 4)),
    "one pixel": convolution((1, 1, 1, 1), (1, 3, 3, 1), (1, 1, 1, 1)),
    "zero point -128": convolution((1, 4, 4, 3), (4, 3, 3, 3), (1, 4, 4, 4), zero_point=-128),
    "zero point 127": convolution((1, 4, 4, 3), (4, 3, 3, 3), (1, 4, 4, 4), zero_point=127),
}


@pytest.mark.parametrize("name", CASES)
def test_every_computer_gives_the_same_bytes(name: str) -> None:
    assert_all_agree(CASES[name])
