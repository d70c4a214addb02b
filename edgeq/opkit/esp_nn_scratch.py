"""How many bytes ESP-NN 1.2.3 wants to work in, of its forms for ESP32-S3 and ESP32-P4 the larger: what
`esp_nn_get_conv_scratch_size` and `esp_nn_get_depthwise_conv_scratch_size` give. Its other forms want
none.
"""

from __future__ import annotations

from math import prod

from edgeq.opkit.windows import Window

ALIGNMENT = 16  # bytes of a vector of ESP32-S3 and ESP32-P4
S3_MARGIN, P4_MARGIN = (
    64,
    32,
)  # bytes that the library adds for alignment and for reads beyond an end
S3_CACHED, P4_CACHED = (
    48 << 10,
    32 << 10,
)  # bytes of a layer from which on it takes lines of the image
S3_CACHED_3X3 = 40 << 10


def _up(value: int, multiple: int = ALIGNMENT) -> int:
    return -(-value // multiple) * multiple


def convolution_scratch(rows: Window, columns: Window, channels: int, filters: int) -> int:
    """Of a convolution. channels, filters: of input and output.

    Source: esp_nn_conv_esp32s3.c, esp_nn_conv_esp32p4.c.
    """
    taps, pixels = rows.size * columns.size, rows.input * columns.input
    pointwise = (rows.size, columns.size, rows.stride, columns.stride) == (1, 1, 1, 1)
    if not pointwise:
        s3 = _convolution_s3(rows, columns, channels, filters)
        return max(s3, _convolution_p4(rows, columns, channels, filters))
    whole = _up(channels, 8)
    turned = 0 if pixels < 8 else 2 * 8 * whole
    copied = pixels * whole if channels % 8 else 0
    s3 = copied + taps * whole * filters + turned + S3_MARGIN
    few = 4 * filters + ALIGNMENT * filters + 32 + P4_MARGIN
    return max(s3, few if channels < ALIGNMENT else 0)


def _convolution_s3(rows: Window, columns: Window, channels: int, filters: int) -> int:
    line, taps = columns.size * channels, rows.size * columns.size
    if line < ALIGNMENT <= rows.size * line:
        window = _up(rows.size * line)
        return 4 * filters + 16 + filters * window + 16 + window + S3_MARGIN
    padded = prod(axis.input + 2 * axis.before for axis in (rows, columns)) * channels
    behind = [
        max(axis.output * axis.stride + axis.size - 1 - axis.input, 0) for axis in (rows, columns)
    ]
    reached = (rows.input + behind[0]) * (columns.input + behind[1]) * channels
    return (
        (padded if rows.before or columns.before else 0)
        + taps * _up(channels) * filters
        + _up(line) * rows.size * filters
        + (reached if any(behind) else 0)
        + S3_MARGIN
        + 4 * filters
    )


def _convolution_p4(rows: Window, columns: Window, channels: int, filters: int) -> int:
    """Of at least 16 taps in a filter."""
    sums, taps = 4 * filters, rows.size * columns.size
    if not (rows.before or columns.before) and columns.size * channels >= ALIGNMENT:
        return taps * _up(channels) * filters + P4_MARGIN + sums
    return sums + taps * channels + P4_MARGIN


def depthwise_scratch(rows: Window, columns: Window, channels: int, multiplier: int) -> int:
    """Of a depthwise convolution. channels: of the input; multiplier: filters for each of them.

    Source: esp_nn_depthwise_conv_s8_esp32s3.c; the form for ESP32-P4 wants none.
    """
    weights = rows.size * columns.size * channels * multiplier
    pixels = rows.input * columns.input
    if multiplier == 1 and channels % 8 == 0:
        if (rows.size, columns.size) == (3, 3):
            return _depthwise_3x3(rows, columns, channels)
        both = 2 * (weights + pixels * channels)
        lines = 2 * (weights + columns.input * rows.size * channels)
        return (both if both <= S3_CACHED else lines) + 32
    if multiplier == 1 and channels > 3:
        whole = _up(channels, 8)
        x = _up(2 * rows.size * columns.size * whole) + 2 * pixels * whole
        y = _up(x) + rows.output * columns.output * whole
        return _up(y) + 3 * 4 * whole + 16
    return 2 * (weights + pixels * channels) + 32 if multiplier % 4 == 0 else 32


def _depthwise_3x3(rows: Window, columns: Window, channels: int) -> int:
    axes, weights = (rows, columns), 9 * channels
    reach = [axis.output * axis.stride + 2 for axis in axes]
    if channels % 16 == 0:
        padded = any(axis.before for axis in axes)
        more = [
            2 * axis.before if padded else end - axis.input
            for axis, end in zip(axes, reach, strict=True)
        ]
        if not any(more):
            return weights + 16
        x = (rows.input + more[0]) * (columns.input + more[1]) * channels
        lines = (columns.input + more[1]) * 3 * channels
        return weights + (x if x <= S3_CACHED_3X3 else lines) + 16
    if channels >= 12:
        whole = _up(channels)
        sides = [
            axis.input + 2 * axis.before + max(end - axis.input, 0)
            for axis, end in zip(axes, reach, strict=True)
        ]
        return 9 * whole + prod(sides) * whole + rows.output * columns.output * whole + 64
    return 2 * (weights + rows.input * columns.input * channels) + 32
