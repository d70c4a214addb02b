"""DEPTH_TO_SPACE and SPACE_TO_DEPTH: blocks of pixels in place of their channels, and back. Both
swap the two middle axes of the map cut into blocks, which is a transposition.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import byte_strides, copy_call, element_bytes, strided_copy

BLOCK_TYPES = {(dtype,): (dtype,) for dtype in ("int8", "uint8", "int32", "int64", "float32")}
"""Those that TFLite moves in blocks; int16 is not among them."""
SWAPPED = (0, 1, 3, 2, 4, 5)


@dataclass(frozen=True)
class BlockAttributes:
    block_size: int


def checked_block(node: Node) -> int:
    """The size of a block. Raises UnsupportedError unless it is 1 or more and x is a map."""
    x, size = node.input(0), node.attributes.block_size
    if len(x.shape) != 4 or size < 1:
        why = f"it needs 4 dimensions and a block size of 1 or more, got {list(x.shape)} and {size}"
        raise unsupported(node, why)
    check_same_quantization(node, x, node.output)
    return int(size)


def swapped(cut: Shape, node: Node, x: Values) -> Values:
    """x [samples, ...] -> [samples, *output shape]. cut: the input's axes, 6 with those of blocks."""
    axes = (0, *(axis + 1 for axis in SWAPPED))
    return x.reshape(len(x), *cut).transpose(axes).reshape(len(x), *node.output.shape)


def swapped_call(cut: Shape, node: Node) -> KernelCall | View:
    """`edgeq_transpose`; a view where no element moves. cut: as of `swapped`."""
    element = element_bytes(node.output)
    strides = byte_strides(cut, element)
    shape = [cut[axis] for axis in SWAPPED]
    moved = strided_copy(shape, [strides[axis] for axis in SWAPPED], 0, element)
    return copy_call(node, moved, kernel="transpose")
