"""MIRROR_PAD: a border of the input's own elements, mirrored at its edges: REFLECT leaves the edge
out, SYMMETRIC repeats it (TFLite mirror_pad.cc).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.padding import padded_shape, paddings
from edgeq.opkit.table_copy import TableCopy, copied, table_copy, table_copy_call


@dataclass(frozen=True)
class Attributes:
    mode: str = "REFLECT"


TYPES = {
    (dtype, axes): (dtype,)
    for dtype in ("int8", "uint8", "int16", "int32", "int64", "float32")
    for axes in ("int32", "int64")
}
OPTIONS = "MirrorPadOptions"
NEWEST_VERSION = 3
SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 3}
_EDGE = {"REFLECT": 1, "SYMMETRIC": 0}
"""Mode -> how many elements at the edge are not repeated."""


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [...] with constant paddings [rank, 2] -> each size plus its two paddings."""
    mode, shape = node.attributes.mode, padded_shape(node)
    if mode not in _EDGE:
        raise unsupported(node, f"its mode is {mode}, known are {', '.join(_EDGE)}")
    for size, pads in zip(node.input(0).shape, paddings(node), strict=True):
        if max(pads) > size - _EDGE[mode]:
            why = f"it mirrors {max(pads)} elements of an axis that has {size - _EDGE[mode]} to mirror"
            raise unsupported(node, why)
    return (shape,)


def mirrored(size: int, before: int, after: int, edge: int) -> npt.NDArray[np.int64]:
    """The element of the input at each place of a padded axis.

    >>> mirrored(4, 2, 2, 1).tolist(), mirrored(4, 2, 2, 0).tolist()
    ([2, 1, 0, 1, 2, 3, 2, 1], [1, 0, 0, 1, 2, 3, 3, 2])
    """
    place = np.arange(-before, size + after)
    low = np.where(place < 0, edge - 1 - place, place)
    return np.where(low >= size, 2 * size - 1 - edge - low, low)


def _copy(node: Node) -> TableCopy:
    shape, pads, edge = node.input(0).shape, paddings(node), _EDGE[node.attributes.mode]
    padded = [axis for axis, pad in enumerate(pads) if pad != (0, 0)]
    run = int(np.prod(shape[padded[-1] + 1 :])) if padded else node.input(0).size
    steps = [int(np.prod(shape[axis + 1 :])) // run for axis in range(len(shape))]
    axes = range(padded[-1] + 1) if padded else ()
    return table_copy(run, [mirrored(shape[a], *pads[a], edge) * steps[a] for a in axes])


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return copied(node, _copy(node), x)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_table_copy`; a view where nothing is added."""
    if node.input(0).shape == node.output.shape:
        return View(0)
    return table_copy_call(node, _copy(node))
