"""Scratch of TFLM's fast kernels on windows of all kinds, against what CMSIS-NN's and ESP-NN's own
functions answer.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgeq.graph import Tensor
from edgeq.plan.tflm import cmsis_nn, esp_nn
from edgeq.plan.tflm.chirale import CHIRALE
from edgeq.plan.tflm.kernel import Kernel
from edgeq.plan.tflm.kernels import CMSIS_NN, ESP_NN, REFERENCE
from edgeq.plan.tflm.node import Node, window_of

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "scratch_sizes.json").read_text())
WINDOWS = GOLDEN["windows"]


def node(window: list[int], dtype: str, weights: str, depthwise: bool) -> Node:
    """The operator of a window, as far as its scratch depends on it."""
    h, w, c, kh, kw, kc, n, sh, sw, dh, dw, oh, ow, _, _, m = window
    channels, kernel = (c * m, (1, kh, kw, c * m)) if depthwise else (n, (n, kh, kw, kc))
    attributes = {
        "stride_h": sh,
        "stride_w": sw,
        "dilation_h_factor": dh,
        "dilation_w_factor": dw,
        "depth_multiplier": m,
    }
    x, y = Tensor("x", (1, h, w, c), dtype), Tensor("y", (1, oh, ow, channels), dtype)
    return Node((x, Tensor("w", kernel, weights)), (y,), dict(attributes))


def sizes(window: list[int], simd: str) -> list[int]:
    """Of a convolution of int8 and of int16, and of depthwise ones of int8 and of int4."""
    conv, wide = (node(window, dtype, "int8", depthwise=False) for dtype in ("int8", "int16"))
    each, packed = (node(window, "int8", weights, depthwise=True) for weights in ("int8", "int4"))
    found = (
        cmsis_nn.conv(conv, simd),
        cmsis_nn.conv(wide, simd),
        cmsis_nn.depthwise(each, simd),
        cmsis_nn.depthwise(packed, simd),
    )
    return [sum(asked) for asked in found]


@pytest.mark.parametrize("simd", ["none", "dsp", "mve"])
def test_cmsis_nn(simd: str) -> None:
    assert [sizes(row["window"], simd) for row in WINDOWS] == [row[simd] for row in WINDOWS]


def test_esp_nn() -> None:
    nodes = [
        [node(row["window"], "int8", "int8", depthwise) for depthwise in (False, True)]
        for row in WINDOWS
    ]
    found = [
        [sum(esp_nn.conv(conv, "s3")), sum(esp_nn.depthwise(each, "s3"))] for conv, each in nodes
    ]
    assert found == [row["s3"] for row in WINDOWS]
    assert not any(
        esp_nn.conv(conv, "none") or esp_nn.depthwise(each, "none") for conv, each in nodes
    )


def test_the_padding_before_a_window() -> None:
    for row in WINDOWS:
        assert window_of(node(row["window"], "int8", "int8", depthwise=False)).padding == tuple(
            row["window"][13:15]
        )


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation", "dtype", "asked"),
    [
        (1, 1, 1, "int8", 0),
        (1, 2, 1, "int8", 2 * 8 * 2),
        (1, 1, 2, "int8", 2 * 8 * 2),
        (3, 1, 1, "int8", 2 * 9 * 8 * 2),
        (3, 1, 1, "int16", 2 * 9 * 8 * 2),
        (3, 1, 2, "int16", 0),
        (8, 1, 1, "int16", 0),  # 512 columns
    ],
)
def test_convolutions_of_the_arduino_library(
    kernel: int, stride: int, dilation: int, dtype: str, asked: int
) -> None:
    """arm_convolve_wrapper_s8_get_buffer_size and _s16 of early 2023, on a core with DSP
    instructions; 8 channels.
    """
    out = (20 - (kernel - 1) * dilation - 1) // stride + 1
    window = [
        20,
        20,
        8,
        kernel,
        kernel,
        8,
        4,
        stride,
        stride,
        dilation,
        dilation,
        out,
        out,
        0,
        0,
        1,
    ]
    assert (
        sum(CHIRALE["CONV_2D"].scratch(node(window, dtype, "int8", depthwise=False), "dsp"))
        == asked
    )


@pytest.mark.parametrize("kernels", [REFERENCE, CMSIS_NN, ESP_NN, CHIRALE])
def test_sizes_of_structs_are_multiples_of_their_alignment(kernels: dict[str, Kernel]) -> None:
    for kind, kernel in kernels.items():
        assert kernel.options % kernel.alignment == 0, kind
        assert kernel.state % 4 == 0 or kernel.state < 4, (
            kind
        )  # SELECT_V2 keeps one byte, RELU6 of the Arduino library two
