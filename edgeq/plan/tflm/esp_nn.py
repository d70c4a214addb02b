"""Scratch of ESP-NN's kernels in bytes, as TFLM asks for it.

`simd` is "s3" for the ESP32-S3's vector kernels, "none" for the generic ones (ESP32, ESP32-S2,
ESP32-C3 and ESP32-C6). The vector kernels of the ESP32-P4 are not described.
"""

from __future__ import annotations

from edgeq.opkit.esp_nn_scratch import INT32, convolution_s3, depthwise_s3
from edgeq.plan.tflm.node import Node, window_of


def conv(node: Node, simd: str) -> tuple[int, ...]:
    """CONV_2D: esp_nn_get_conv_scratch_size_esp32s3; the generic kernels need none."""
    vectors = simd == "s3" and node.x.dtype == "int8"
    return (convolution_s3(window_of(node)),) if vectors else ()


def depthwise(node: Node, simd: str) -> tuple[int, ...]:
    """DEPTHWISE_CONV_2D: esp_nn_get_depthwise_conv_scratch_size_esp32s3; the generic kernels need
    none.
    """
    vectors = simd == "s3" and node.x.dtype == "int8"
    return (depthwise_s3(window_of(node), node.size("depth_multiplier")),) if vectors else ()


def softmax(node: Node, simd: str) -> tuple[int, ...]:
    """SOFTMAX: four bytes for each step along dimension 1 of the input, whatever its rank."""
    if node.x.dtype != "int8" or node.y.dtype != "int8" or len(node.x.shape) < 2:
        return ()
    return (node.x.shape[1] * INT32,)
