"""RESIZE_NEAREST_NEIGHBOR: every pixel of the output is the nearest one of the input (TFLite
reference/resize_nearest_neighbor.h).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.resize import ResizeAttributes, resized_shape
from edgeq.opkit.table_copy import TableCopy, copied, table_copy, table_copy_call

Attributes = ResizeAttributes
TYPES = {(dtype, "int32"): (dtype,) for dtype in ("int8", "uint8", "int16", "float32")}
OPTIONS = "ResizeNearestNeighborOptions"
NEWEST_VERSION = 4
SAME_SCALE = True
HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 4}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c] and a constant size (rows, columns) -> [n, rows, columns, c]."""
    return (resized_shape(node),)


def nearest(options: ResizeAttributes, size_in: int, size_out: int) -> npt.NDArray[np.int64]:
    """The input of each output along an axis, int64 [size_out], in the reference's float32.

    >>> nearest(ResizeAttributes(), 3, 5).tolist()
    [0, 0, 1, 1, 2]
    """
    corners = options.align_corners and size_out > 1
    scale = np.float32(size_in - corners) / np.float32(size_out - corners)
    offset = np.float32(0.5 if options.half_pixel_centers else 0.0)
    place = (np.arange(size_out, dtype=np.float32) + offset) * scale
    whole = np.floor(place)
    if options.align_corners:  # half a pixel goes up: positions are not negative
        whole += place - whole >= np.float32(0.5)
    return np.asarray(np.minimum(whole.astype(np.int64), size_in - 1))


def _copy(node: Node) -> TableCopy:
    (batches, height, width, channels), y = node.input(0).shape, node.output.shape
    tables = (
        np.arange(batches) * height * width,
        nearest(node.attributes, height, y[1]) * width,
        nearest(node.attributes, width, y[2]),
    )
    return table_copy(channels, tables)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, c] -> [samples, n, rows, columns, c]."""
    x = values[0]
    assert x is not None
    return copied(node, _copy(node), x)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_table_copy`; a view where the size stays and every pixel its place."""
    copy = _copy(node)
    if np.array_equal(copy.places, np.arange(node.input(0).size // copy.run)):
        return View(0)
    return table_copy_call(node, copy)
