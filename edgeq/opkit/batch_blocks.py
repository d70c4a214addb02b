"""What SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND share: blocks of pixels along rows and columns."""

from __future__ import annotations

from typing import NamedTuple

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.node import Node, Shape, constant, unsupported

BATCH_TYPES = {
    (dtype, "int32", "int32"): (dtype,)
    for dtype in ("int8", "uint8", "int16", "int32", "int64", "float32")
}
BATCH_VERSIONS = {("int8",): 2, ("int16",): 4}


class BatchBlocks(NamedTuple):
    """The size of a block along rows and columns, and how much is padded or cropped before and
    after each of these axes.
    """

    rows: int
    columns: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def size(self) -> int:
        """Pixels of a block."""
        return self.rows * self.columns


def as_map(shape: Shape) -> Shape:
    """A shape of 3 or 4 dimensions as [batch, rows, columns, channels], 1 column if it has 3."""
    return shape if len(shape) == 4 else (shape[0], shape[1], 1, shape[2])


def of_rank(shape: Shape, rank: int) -> Shape:
    """The inverse of `as_map`."""
    return shape if rank == 4 else (shape[0], shape[1], shape[3])


def batch_blocks(node: Node) -> BatchBlocks:
    """The constant inputs 1 (sizes of blocks) and 2 (begin and end of each axis)."""
    x, sizes, ends = node.input(0), constant(node, 1).ravel(), constant(node, 2)
    spatial = len(x.shape) - 2
    if len(x.shape) not in (3, 4) or len(sizes) != spatial or ends.shape != (spatial, 2):
        why = f"blocks {sizes.tolist()} and borders {ends.tolist()} do not fit {list(x.shape)}"
        raise unsupported(node, f"{why}; known are 1 axis of 3 and 2 axes of 4")
    if min(sizes) < 1 or ends.min() < 0:
        raise unsupported(
            node, f"blocks {sizes.tolist()} or borders {ends.tolist()} are below 1 or 0"
        )
    check_same_quantization(node, x, node.output)
    (top, bottom), (left, right) = (*ends.tolist(), (0, 0))[:2]
    return BatchBlocks(int(sizes[0]), int((*sizes, 1)[1]), top, bottom, left, right)
