"""Geometry of transposed convolutions: which inputs reach which outputs along an axis, and by which
tap.

Input i adds its products with tap k to output i * stride - pad + k. A `Window` holds these sizes:
`input` and `output` of the axis, `size` and `stride` of the filter, `before` for pad.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edgeq.graph import Tensor
from edgeq.opkit.in_place import NEVER, Bytes, least_distance
from edgeq.opkit.node import Values
from edgeq.opkit.strided import element_bytes
from edgeq.opkit.windows import Window

Taps = Iterator[tuple[int, slice, slice]]


def transposed_window(padding: str, size_in: int, size_out: int, size: int, stride: int) -> Window:
    """The geometry along one axis: the padding of the convolution that would make the input's size
    of the output's (`ComputePaddingHeightWidth` of padding.h, whose division drops fractions).
    """
    reach = size_out + stride - (1 if padding == "SAME" else size)
    steps = int(reach / stride)
    pad = max((steps - 1) * stride + size - size_out, 0) // 2
    return Window(size_in, size_out, size, stride, 1, pad)


def taps(axis: Window) -> Taps:
    """Each tap from the last to the first, with the inputs that it multiplies and the outputs that
    these products are added to. In this order every output gets its inputs in ascending order, as
    the reference adds them.
    """
    for tap in range(axis.size - 1, -1, -1):
        shift = axis.before - tap
        first = max(-(-shift // axis.stride), 0)
        last = min((axis.output - 1 + shift) // axis.stride, axis.input - 1)
        if first <= last:
            start = first * axis.stride - shift
            stop = last * axis.stride - shift + 1
            yield tap, slice(first, last + 1), slice(start, stop, axis.stride)


def columns_of(x: Values, rows: Window, columns: Window) -> Values:
    """x [n, h, w, c] -> [n * rows.output * columns.output, rows.size * columns.size * c]: what the
    taps of a filter are multiplied by at each output, 0 where no input meets a tap.
    """
    n, _, _, c = x.shape
    found = np.zeros((n, rows.output, columns.output, rows.size, columns.size, c), x.dtype)
    for i, lines, down in taps(rows):
        for j, pixels, across in taps(columns):
            found[:, down, across, i, j] = x[:, lines, pixels]
    return found.reshape(n * rows.output * columns.output, -1)


def overlap(x: Tensor, y: Tensor, rows: Window, columns: Window) -> int:
    """As `KernelCall.overlap`, of a kernel that writes one pixel of y [n, h, w, c] after the other,
    each from the inputs that reach it: only its last channel is written after all reads.
    """
    lines, pixels = _first_inputs(rows), _first_inputs(columns)
    image, pixel = rows.input * columns.input, x.shape[3] * element_bytes(x)
    start = lines[:, None] * columns.input + pixels
    read = (np.arange(x.shape[0])[:, None] * image + start.ravel()) * pixel
    read[:, ((lines[:, None] == rows.input) | (pixels == columns.input)).ravel()] = NEVER
    written = (np.arange(1, read.size + 1) * y.shape[3] - 1) * element_bytes(y)
    return least_distance(written, read.ravel(), x.nbytes)


def _first_inputs(axis: Window) -> Bytes:
    """The first input that reaches each output, int64 [output]; `axis.input` where none does."""
    first = np.full(axis.output, axis.input, np.int64)
    for _, inputs, outputs in taps(axis):
        found = np.arange(inputs.start, inputs.stop)
        first[outputs] = np.minimum(first[outputs], found)
    return first
