"""Scratch of ESP-NN's kernels in bytes (espressif/esp-nn d45b843c, `esp_nn_get_*_scratch_size*`).

`simd` is "s3" for the ESP32-S3's vector kernels, "none" for the generic ones (ESP32, ESP32-S2,
ESP32-C3 and ESP32-C6). The vector kernels of the ESP32-P4 are not described.
"""

from __future__ import annotations

from edgeq.plan.tflm.node import Node, Window, window_of

INT16, INT32 = 2, 4
ALIGNMENT_MARGIN = 64
LARGEST_PADDED_INPUT = 40 * 1024
LARGEST_WIDENED = 48 * 1024


def conv(node: Node, simd: str) -> tuple[int, ...]:
    """CONV_2D: esp_nn_get_conv_scratch_size_esp32s3; the generic kernels need none."""
    if simd != "s3" or node.x.dtype != "int8":
        return ()
    window = window_of(node)
    if window.kernel == (1, 1) and window.padding == (0, 0) and window.stride == (1, 1):
        return (_pointwise(window),)
    row, length = (
        window.kernel[1] * window.depth,
        window.kernel[0] * window.kernel[1] * window.depth,
    )
    if row < 16 <= length:
        aligned = _round_up(length, 16)
        return (window.output_depth * (INT32 + aligned) + 32 + aligned + ALIGNMENT_MARGIN,)
    return (_general(window, row),)


def depthwise(node: Node, simd: str) -> tuple[int, ...]:
    """DEPTHWISE_CONV_2D: esp_nn_get_depthwise_conv_scratch_size_esp32s3; the generic kernels need
    none.
    """
    if simd != "s3" or node.x.dtype != "int8":
        return ()
    window, multiplier = window_of(node), node.size("depth_multiplier")
    if multiplier == 1 and window.depth % 8 == 0:
        return (_depthwise_3x3(window) if window.kernel == (3, 3) else _depthwise_by_8(window),)
    if multiplier == 1 and window.depth > 3:
        return (_depthwise_padded(window),)
    if multiplier % 4 == 0:
        return (
            2 * (_taps(window) * window.depth * multiplier + _pixels(window.size) * window.depth)
            + 32,
        )
    return (32,)


def softmax(node: Node, simd: str) -> tuple[int, ...]:
    """SOFTMAX: four bytes for each step along dimension 1 of the input, whatever its rank."""
    if node.x.dtype != "int8" or node.y.dtype != "int8" or len(node.x.shape) < 2:
        return ()
    return (node.x.shape[1] * INT32,)


def _pointwise(window: Window) -> int:
    depth, pixels = _round_up(window.depth, 8), _pixels(window.size)
    padded_input = 0 if window.depth == depth else pixels * depth
    transposed = 0 if pixels < 8 else INT16 * 8 * depth
    return padded_input + depth * window.output_depth + transposed + ALIGNMENT_MARGIN


def _general(window: Window, row: int) -> int:
    (height, width), (pad_h, pad_w) = window.size, window.padding
    padded = (width + 2 * pad_w) * (height + 2 * pad_h) * window.depth if pad_w or pad_h else 0
    filters = _taps(window) * _round_up(window.depth, 16) * window.output_depth
    aligned_filters = _round_up(row, 16) * window.kernel[0] * window.output_depth
    right, bottom = _overhang(window, 1), _overhang(window, 0)
    edge = (width + right) * (height + bottom) * window.depth if right or bottom else 0
    return (
        padded + filters + aligned_filters + edge + ALIGNMENT_MARGIN + window.output_depth * INT32
    )


def _depthwise_3x3(window: Window) -> int:
    (height, width), (pad_h, pad_w) = window.size, window.padding
    filters = 9 * window.depth
    if window.depth % 16 == 0:
        if pad_w or pad_h:
            extra_h, extra_w = 2 * pad_h, 2 * pad_w
        else:
            extra_h, extra_w = (_reach(window, axis) - window.size[axis] for axis in (0, 1))
        if not (extra_h or extra_w):
            return filters + 16
        whole = (width + extra_w) * (height + extra_h) * window.depth
        strip = (width + extra_w) * window.kernel[0] * window.depth
        return filters + 16 + (whole if whole <= LARGEST_PADDED_INPUT else strip)
    if window.depth < 12:
        return INT16 * (filters + _pixels(window.size) * window.depth) + 32
    depth = _round_up(window.depth, 16)
    padded = (
        (width + 2 * pad_w + _overhang(window, 1))
        * (height + 2 * pad_h + _overhang(window, 0))
        * depth
    )
    return 9 * depth + padded + _pixels(window.output) * depth + ALIGNMENT_MARGIN


def _depthwise_by_8(window: Window) -> int:
    filters = INT16 * _taps(window) * window.depth
    whole = INT16 * _pixels(window.size) * window.depth
    strip = INT16 * window.size[1] * window.kernel[0] * window.depth
    return filters + 32 + (whole if filters + whole <= LARGEST_WIDENED else strip)


def _depthwise_padded(window: Window) -> int:
    depth = _round_up(window.depth, 8)
    end = _round_up(_taps(window) * depth * INT16, 16)
    end = _round_up(end + _pixels(window.size) * depth * INT16, 16)
    end = _round_up(end + _pixels(window.output) * depth, 16)
    return end + 3 * depth * INT32 + 16


def _reach(window: Window, axis: int) -> int:
    """Rows or columns that the kernel counts on, one stride past the last window."""
    return window.output[axis] * window.stride[axis] + window.kernel[axis] - 1


def _overhang(window: Window, axis: int) -> int:
    return max(0, _reach(window, axis) - window.size[axis])


def _pixels(size: tuple[int, int]) -> int:
    return size[0] * size[1]


def _taps(window: Window) -> int:
    return window.kernel[0] * window.kernel[1]


def _round_up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
