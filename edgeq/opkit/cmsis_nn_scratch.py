"""How many bytes CMSIS-NN wants to work in under GCC and Clang (ARM-software/CMSIS-NN 99f736a6,
`*_get_buffer_size*`).

`simd` is "mve" (Helium, ARM_MATH_MVEI), "dsp" (ARM_MATH_DSP without Helium) or "none".
"""

from __future__ import annotations

from edgeq.opkit.convolution_sizes import ConvolutionSizes

SIMD = ("none", "dsp", "mve")
INT16, INT32 = 2, 4
MVE_CHANNELS = 124  # CH_IN_BLOCK_MVE


def convolution(sizes: ConvolutionSizes, simd: str) -> int:
    """arm_convolve_wrapper_s8_get_buffer_size."""
    dense = sizes.depth == sizes.kernel_depth
    if dense and sizes.padding == (0, 0) and sizes.kernel == (1, 1) and sizes.dilation == (1, 1):
        return 0
    columns = sizes.kernel[0] * sizes.kernel[1] * sizes.depth
    if simd != "mve":
        return 2 * _round_up(columns, 4) * INT16
    one_row = sizes.size[0] == sizes.kernel[0] == sizes.dilation[1] == 1
    if one_row and dense and sizes.stride[1] * sizes.depth % 4 == 0:
        return _conv_1_x_n_mve(sizes)
    return 4 * _round_up(columns, 16)


def _conv_1_x_n_mve(sizes: ConvolutionSizes) -> int:
    """arm_convolve_1_x_n_s8_get_buffer_size_mve, with C's precedence of `pad_x + asym_pad != 0 ? …
    : 0`.
    """
    pad, stride, kernel, depth = sizes.padding[1], sizes.stride[1], sizes.kernel[1], sizes.depth
    missing = (sizes.output[1] - 1) * stride + kernel - sizes.size[1]
    odd = abs(missing) % 2 * (1 if missing > 0 else -1)
    right = max(1, int((pad + odd + stride - 1) / stride)) if pad + odd != 0 else 0
    left = max(1, (pad + stride - 1) // stride) if pad else 0
    middle = max(sizes.output[1] - (right + left), 0)
    if right + middle + left != sizes.output[1]:
        return 4 * _round_up(sizes.kernel[0] * kernel * depth, 16)
    pad_right = right * depth if odd else pad * depth
    return max(kernel * depth + pad * depth, (kernel - 1) * depth + pad_right)


def depthwise(sizes: ConvolutionSizes, simd: str, images: int) -> int:
    """arm_depthwise_conv_wrapper_s8_get_buffer_size of a number of images."""
    if simd == "mve" and sizes.depth == 1 and sizes.output_depth > 1:
        return convolution(_as_conv(sizes), simd) + sizes.output_depth * sizes.taps
    if sizes.depth != sizes.output_depth or images != 1 or sizes.dilation != (1, 1):
        return 0
    if simd == "mve":
        return 4 * MVE_CHANNELS * sizes.taps
    has_own_kernel = sizes.kernel == (3, 3) and max(sizes.padding) <= 1
    return 0 if has_own_kernel or simd == "none" else sizes.depth * sizes.taps * INT16


def average_pool(channels: int, simd: str) -> int:
    """arm_avgpool_s8_get_buffer_size."""
    return channels * INT32 if simd == "dsp" else 0


def _as_conv(sizes: ConvolutionSizes) -> ConvolutionSizes:
    """A depthwise convolution of one input channel seen as an ordinary one."""
    return ConvolutionSizes(
        sizes.depth,
        sizes.size,
        sizes.kernel,
        1,
        sizes.output,
        sizes.output_depth,
        sizes.stride,
        sizes.dilation,
        sizes.padding,
    )


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
