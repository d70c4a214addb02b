"""Scratch of CMSIS-NN's kernels in bytes (ARM-software/CMSIS-NN 99f736a6, `*_get_buffer_size*`)
under GCC and Clang.

`simd` is "mve" (Helium, ARM_MATH_MVEI), "dsp" (ARM_MATH_DSP without Helium) or "none".
"""

from __future__ import annotations

from edgeq.opkit import cmsis_nn_scratch
from edgeq.opkit.cmsis_nn_scratch import INT16, INT32, MVE_CHANNELS
from edgeq.opkit.convolution_sizes import ConvolutionSizes
from edgeq.plan.tflm.node import Node, window_of

TURNED_CHANNELS = 16  # REVERSE_TCOL_EFFICIENT_THRESHOLD


def conv(node: Node, simd: str) -> tuple[int, ...]:
    """CONV_2D: arm_convolve_wrapper_s8_get_buffer_size, arm_convolve_wrapper_s16_get_buffer_size."""
    window = window_of(node)
    if node.x.dtype == "int8":
        return _wanted(cmsis_nn_scratch.convolution(window, simd))
    # Prepare looks for the bias among the outputs, so an int32 bias never turns the buffer down.
    return _wanted(_conv_s16(window, simd)) if node.x.dtype == "int16" else ()


def depthwise(node: Node, simd: str) -> tuple[int, ...]:
    """DEPTHWISE_CONV_2D: arm_depthwise_conv_wrapper_s8_get_buffer_size and its int4 twin."""
    window = window_of(node)
    if node.x.dtype != "int8":
        return ()
    taps = window.kernel[0] * window.kernel[1]
    packed = node.filter.dtype == "int4"
    if not packed:
        return _wanted(cmsis_nn_scratch.depthwise(window, simd, node.x.shape[0]))
    if window.depth != window.output_depth or node.x.shape[0] != 1 or window.dilation != (1, 1):
        return ()
    if simd == "mve":
        return _wanted(4 * MVE_CHANNELS * taps)
    return _wanted(window.depth * taps * INT16)


def fully_connected(node: Node, simd: str) -> tuple[int, ...]:
    """FULLY_CONNECTED: as a 1x1 convolution for outputs of rank 3 and more, with its multipliers in
    scratch.
    """
    if node.x.dtype != "int8" or node.filter.dtype == "int4":
        return ()
    depth, units = node.filter.shape[-1], node.y.shape[-1]
    if len(node.y.shape) > 2 and depth % 4 == 0:
        quantization = node.filter.quantization
        per_channel = quantization is not None and quantization.per_channel
        return () if per_channel else _wanted(units * INT32 * 2)
    return _wanted(units * INT32) if simd == "mve" else ()


def average_pool(node: Node, simd: str) -> tuple[int, ...]:
    """AVERAGE_POOL_2D: arm_avgpool_s8_get_buffer_size, arm_avgpool_s16_get_buffer_size."""
    integer = node.x.dtype in ("int8", "int16")
    return _wanted(cmsis_nn_scratch.average_pool(node.x.shape[3], simd)) if integer else ()


def transpose_conv(node: Node, simd: str) -> tuple[int, ...]:
    """TRANSPOSE_CONV of int8: arm_transpose_conv_s8_get_buffer_size, and what the filter turned
    round takes.
    """
    _, height, width, channels = node.filter.shape
    stride = node.size("stride_h"), node.size("stride_w")
    if max(stride) <= 2 and channels > TURNED_CHANNELS:
        columns = height * width * channels
        wide = 4 * _round_up(columns, 16) if simd == "mve" else 2 * _round_up(columns, 4) * INT16
        return wide, channels * width * height * node.filter.shape[0]
    x = node.tensor("i2")
    assert x is not None
    line = ((x.shape[2] - 1) * stride[1] + max(width, stride[0])) * node.y.shape[3]
    return line * max(height, stride[0]) * INT32, 0


def batch_matmul(node: Node, simd: str) -> tuple[int, ...]:
    """BATCH_MATMUL: arm_fully_connected_s8_get_buffer_size of the output."""
    helium = simd == "mve" and node.x.dtype == "int8"
    return _wanted(node.y.shape[-1] * INT32) if helium else ()


def svdf(node: Node, simd: str) -> tuple[int, ...]:
    """SVDF: arm_svdf_s8_get_buffer_size, sums of weights that Prepare computes."""
    helium = simd == "mve" and node.x.dtype == "int8"
    return _wanted(node.filter.shape[0] * INT32) if helium else ()


def _wanted(size: int) -> tuple[int, ...]:
    return (size,) if size > 0 else ()


def _conv_s16(window: ConvolutionSizes, simd: str) -> int:
    columns = window.kernel[0] * window.kernel[1] * window.depth
    return 4 * _round_up(columns, 8) * INT16 if simd == "mve" else 2 * columns * INT16


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
