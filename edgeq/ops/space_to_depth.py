"""SPACE_TO_DEPTH: a pixel from each block of b x b pixels, whose channels it holds (TFLite
reference/space_to_depth.h).
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
OPTIONS = "SpaceToDepthOptions"
NEWEST_VERSION = 2
SAME_SCALE = True
VERSIONS = {("int8",): 2}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h * b, w * b, c] -> [n, h, w, b * b * c]."""
    block = checked_block(node)
    n, h, w, c = node.input(0).shape
    if h % block or w % block:
        raise unsupported(node, f"{h} x {w} pixels are no whole blocks of {block} x {block}")
    return ((n, h // block, w // block, c * block**2),)


def _cut(node: Node) -> Shape:
    (n, h, w, c), block = node.input(0).shape, node.attributes.block_size
    return (n, h // block, block, w // block, block, c)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, n, h * b, w * b, c] -> [samples, n, h, w, b * b * c]."""
    x = values[0]
    assert x is not None
    return swapped(_cut(node), node, x)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_transpose` over merged axes; a view where no element moves."""
    return swapped_call(_cut(node), node)
