"""How many bytes ESP-NN wants to work in (espressif/esp-nn d45b843c, version 1.2.3,
`esp_nn_get_*_scratch_size*`): its forms for ESP32-S3 and ESP32-P4. The generic form wants none.
"""

from __future__ import annotations

from edgeq.opkit.convolution_sizes import ConvolutionSizes

INT16, INT32 = 2, 4
VECTOR = 16  # bytes
S3_MARGIN, P4_MARGIN = 64, 32  # for alignment, and reads beyond an end
LARGEST_PADDED_INPUT = 40 * 1024
LARGEST_WIDENED = 48 * 1024


def convolution_s3(sizes: ConvolutionSizes) -> int:
    """esp_nn_get_conv_scratch_size_esp32s3."""
    if _is_pointwise(sizes):
        return _pointwise(sizes)
    row, length = sizes.kernel[1] * sizes.depth, sizes.taps * sizes.depth
    if row < VECTOR <= length:
        aligned = _round_up(length, VECTOR)
        return sizes.output_depth * (INT32 + aligned) + 32 + aligned + S3_MARGIN
    return _general(sizes, row)


def convolution_p4(sizes: ConvolutionSizes) -> int:
    """esp_nn_get_conv_scratch_size_esp32p4, of pixels alone or of at least 16 taps."""
    filters, sums = sizes.output_depth, sizes.output_depth * INT32
    if _is_pointwise(sizes):
        few = sums + VECTOR * filters + 32 + P4_MARGIN
        return few if sizes.depth < VECTOR else _pointwise(sizes) - S3_MARGIN + P4_MARGIN
    if sizes.padding == (0, 0) and sizes.kernel[1] * sizes.depth >= VECTOR:
        return sizes.taps * _round_up(sizes.depth, VECTOR) * filters + P4_MARGIN + sums
    return sums + sizes.taps * sizes.depth + P4_MARGIN


def depthwise_s3(sizes: ConvolutionSizes, multiplier: int) -> int:
    """esp_nn_get_depthwise_conv_scratch_size_esp32s3; the form for ESP32-P4 wants none."""
    if multiplier == 1 and sizes.depth % 8 == 0:
        return _depthwise_3x3(sizes) if sizes.kernel == (3, 3) else _depthwise_by_8(sizes)
    if multiplier == 1 and sizes.depth > 3:
        return _depthwise_padded(sizes)
    if multiplier % 4 == 0:
        return 2 * (sizes.taps * sizes.depth * multiplier + sizes.pixels * sizes.depth) + 32
    return 32


def takes_lines(sizes: ConvolutionSizes, multiplier: int) -> bool:
    """Whether the form for ESP32-S3 widens a depthwise convolution's image to 16 bits line by line, as
    all of it would not stay in the cache.
    """
    widened = INT16 * (sizes.taps + sizes.pixels) * sizes.depth
    by_8 = multiplier == 1 and sizes.depth % 8 == 0 and sizes.kernel != (3, 3)
    return by_8 and widened > LARGEST_WIDENED


def asks_too_little(sizes: ConvolutionSizes, multiplier: int) -> bool:
    """Whether the form for ESP32-S3 copies all of a depthwise convolution's image, with lines and columns
    behind it, into scratch that it has asked for a few lines: filters of 3x3, no padding before the image.
    """
    if multiplier != 1 or sizes.depth % VECTOR or sizes.kernel != (3, 3) or any(sizes.padding):
        return False
    height, width = _reach(sizes, 0), _reach(sizes, 1)
    return (height, width) != sizes.size and height * width * sizes.depth > LARGEST_PADDED_INPUT


def _is_pointwise(sizes: ConvolutionSizes) -> bool:
    return sizes.kernel == sizes.stride == (1, 1) and sizes.padding == (0, 0)


def _pointwise(sizes: ConvolutionSizes) -> int:
    depth, pixels = _round_up(sizes.depth, 8), sizes.pixels
    padded_input = 0 if sizes.depth == depth else pixels * depth
    transposed = 0 if pixels < 8 else INT16 * 8 * depth
    return padded_input + depth * sizes.output_depth + transposed + S3_MARGIN


def _general(sizes: ConvolutionSizes, row: int) -> int:
    (height, width), (pad_h, pad_w) = sizes.size, sizes.padding
    padded = (width + 2 * pad_w) * (height + 2 * pad_h) * sizes.depth if pad_w or pad_h else 0
    filters = sizes.taps * _round_up(sizes.depth, 16) * sizes.output_depth
    aligned_filters = _round_up(row, 16) * sizes.kernel[0] * sizes.output_depth
    right, bottom = _overhang(sizes, 1), _overhang(sizes, 0)
    edge = (width + right) * (height + bottom) * sizes.depth if right or bottom else 0
    return padded + filters + aligned_filters + edge + S3_MARGIN + sizes.output_depth * INT32


def _depthwise_3x3(sizes: ConvolutionSizes) -> int:
    (height, width), (pad_h, pad_w) = sizes.size, sizes.padding
    filters = 9 * sizes.depth
    if sizes.depth % 16 == 0:
        if pad_w or pad_h:
            extra_h, extra_w = 2 * pad_h, 2 * pad_w
        else:
            extra_h, extra_w = (_reach(sizes, axis) - sizes.size[axis] for axis in (0, 1))
        if not (extra_h or extra_w):
            return filters + 16
        whole = (width + extra_w) * (height + extra_h) * sizes.depth
        strip = (width + extra_w) * sizes.kernel[0] * sizes.depth
        return filters + 16 + (whole if whole <= LARGEST_PADDED_INPUT else strip)
    if sizes.depth < 12:
        return INT16 * (filters + sizes.pixels * sizes.depth) + 32
    depth = _round_up(sizes.depth, 16)
    padded = (
        (width + 2 * pad_w + _overhang(sizes, 1))
        * (height + 2 * pad_h + _overhang(sizes, 0))
        * depth
    )
    return 9 * depth + padded + _pixels(sizes.output) * depth + S3_MARGIN


def _depthwise_by_8(sizes: ConvolutionSizes) -> int:
    filters = INT16 * sizes.taps * sizes.depth
    whole = INT16 * sizes.pixels * sizes.depth
    strip = INT16 * sizes.size[1] * sizes.kernel[0] * sizes.depth
    return filters + 32 + (whole if filters + whole <= LARGEST_WIDENED else strip)


def _depthwise_padded(sizes: ConvolutionSizes) -> int:
    depth = _round_up(sizes.depth, 8)
    end = _round_up(sizes.taps * depth * INT16, 16)
    end = _round_up(end + sizes.pixels * depth * INT16, 16)
    end = _round_up(end + _pixels(sizes.output) * depth, 16)
    return end + 3 * depth * INT32 + 16


def _reach(sizes: ConvolutionSizes, axis: int) -> int:
    """Rows or columns that the kernel counts on, one stride past the last sizes."""
    return sizes.output[axis] * sizes.stride[axis] + sizes.kernel[axis] - 1


def _overhang(sizes: ConvolutionSizes, axis: int) -> int:
    return max(0, _reach(sizes, axis) - sizes.size[axis])


def _pixels(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
