"""What kernels over several pixels at a time share: the order of weights, and how far outputs may
overlap inputs.
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.node import Node, Values
from edgeq.opkit.windows import Window


def tap_groups(matrix: Values) -> Values:
    """int8 [filters, taps] -> [filters, ceil(taps / 4), 4], zeros behind the last tap, as gemm_tile.h
    reads filters.
    """
    filters, taps = matrix.shape
    padded = np.zeros((filters, -(-taps // 4) * 4), matrix.dtype)
    padded[:, :taps] = matrix
    return padded.reshape(filters, -1, 4)


def interleaved(groups: Values) -> Values:
    """Filters for loops that take two at a time: int8 [filters, groups, 4] -> [pairs, groups, 2, 2, 2],
    of each group the taps 0 and 2, then 1 and 3, of each tap both filters; zeros for a last one
    without a twin.
    """
    filters, count, _ = groups.shape
    even = np.pad(groups, ((0, filters % 2), (0, 0), (0, 0)))
    halves = even.reshape(-1, 2, count, 2, 2)  # pair, filter, group, half of the group, tap
    return np.ascontiguousarray(halves.transpose(0, 2, 4, 3, 1))


def dual_multiply_fits(groups: Values) -> bool:
    """Whether two products of neighbouring taps, those in dual_multiply.h, fit int16 for every int8
    input: only two weights of -128 next to each other would give 2^15. groups: of `tap_groups`."""
    pairs = groups.reshape(-1, 2)
    return not np.any((pairs[:, 0] == -128) & (pairs[:, 1] == -128))


def neuron_order(neurons: int) -> Values:
    """The neurons in groups of 4, the last group ending with the last neuron: repeats come where 4 does
    not divide.
    """
    starts = [min(start, neurons - 4) for start in range(0, neurons, 4)]
    return np.concatenate([np.arange(start, start + 4) for start in starts])


def neuron_blocks(matrix: Values) -> Values:
    """int8 [neurons, depth] in `neuron_order` -> [groups, depth / 4, 4 neurons, 4], as neurons.h reads
    weights.
    """
    ordered = matrix[neuron_order(len(matrix))]
    return np.ascontiguousarray(
        ordered.reshape(-1, 4, matrix.shape[1] // 4, 4).transpose(0, 2, 1, 3)
    )


def pixel_overlap(node: Node, rows: Window, columns: Window, pixels: int) -> int:
    """Least distance of the output below the input for a kernel that reads the windows of `pixels`
    pixels, in the order of the output, before it writes those pixels; windows are read from their
    first row and column inside.
    """
    x, y = node.input(0).shape, node.output.shape
    top = np.maximum(np.arange(rows.output) * rows.stride - rows.before, 0)
    left = np.maximum(np.arange(columns.output) * columns.stride - columns.before, 0)
    reads = ((top[:, None] * x[2] + left[None, :]) * x[3]).reshape(-1)
    reads = (np.arange(x[0])[:, None] * (x[1] * x[2] * x[3]) + reads[None, :]).reshape(-1)
    first_reads = np.minimum.accumulate(reads[::-1])[::-1]
    return overlap_distance(first_reads, y[3], rows.output * columns.output, pixels)


def overlap_distance(first_reads: Values, pixel_bytes: int, image_pixels: int, pixels: int) -> int:
    """The largest end of a write above the first later read, over all steps of `pixels` pixels
    within an image.

    first_reads: for each pixel in order, the least offset that it or a later one reads.
    """
    count = len(first_reads)
    starts = np.concatenate(
        [np.arange(a, a + image_pixels, pixels) for a in range(0, count, image_pixels)]
    )
    ends = np.append(starts[1:], count)
    later = ends[:-1]  # the last step has nothing left to read
    if not len(later):
        return -int(np.iinfo(np.int32).max)
    return int(np.max(ends[:-1] * pixel_bytes - first_reads[later]))
