"""What RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR share: options, and the shape of the output."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.node import Node, Shape, constant, unsupported


@dataclass(frozen=True)
class ResizeAttributes:
    align_corners: bool = False
    half_pixel_centers: bool = False


MAX_SIZE = 1 << 20  # of a row or column: positions in steps of 1/1024 pixel fit an int32


def resized_shape(node: Node) -> Shape:
    """x [n, h, w, c] and a constant size (rows, columns) -> [n, rows, columns, c]."""
    x, size = node.input(0), constant(node, 1).ravel()
    if len(x.shape) != 4 or len(size) != 2:
        sizes = f"input {list(x.shape)} and size {size.tolist()}"
        raise unsupported(node, f"it needs 4 dimensions and 2 sizes, got {sizes}")
    if min(size) < 1 or max(*size, *x.shape[1:3]) > MAX_SIZE:
        raise unsupported(node, f"size {size.tolist()} is not between 1 and {MAX_SIZE:,}")
    check_same_quantization(node, x, node.output)
    return (x.shape[0], int(size[0]), int(size[1]), x.shape[3])
