"""DEPTH_TO_SPACE: a block of b x b pixels from each pixel, whose channels hold them (TFLite
reference/depth_to_space.h).
"""

from __future__ import annotations

from edgeq.opkit.blocks import (
    BLOCK_TYPES,
    BlockAttributes,
    checked_block,
    swapped,
    swapped_call,
)
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, unsupported

Attributes = BlockAttributes
TYPES = BLOCK_TYPES
OPTIONS = "DepthToSpaceOptions"
NEWEST_VERSION = 2
SAME_SCALE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, b * b * c] -> [n, h * b, w * b, c]."""
    block = checked_block(node)
    n, h, w, c = node.input(0).shape
    if c % block**2:
        raise unsupported(node, f"its {c} channels are not {block} x {block} pixels")
    return ((n, h * block, w * block, c // block**2),)


def _cut(node: Node) -> Shape:
    (n, h, w, c), block = node.input(0).shape, node.attributes.block_size
    return (n, h, w, block, block, c // block**2)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h, w, b * b * c] -> [samples, n, h * b, w * b, c]."""
    x = values[0]
    assert x is not None
    return swapped(_cut(node), node, x)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_transpose` over merged axes; a view for blocks of one pixel."""
    return swapped_call(_cut(node), node)
