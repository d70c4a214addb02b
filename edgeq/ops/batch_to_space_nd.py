"""BATCH_TO_SPACE_ND: blocks of pixels from images of a batch, cropped (TFLite
reference/batch_to_space_nd.h).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.batch_blocks import (
    BATCH_TYPES,
    BATCH_VERSIONS,
    as_map,
    batch_blocks,
    of_rank,
)
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.table_copy import TableCopy, copied, table_copy, table_copy_call


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = BATCH_TYPES
NEWEST_VERSION = 4
SAME_SCALE = True
HOMOGENEOUS = True
VERSIONS = BATCH_VERSIONS


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n * block, h, w, c], block sizes and crops -> [n, h * rows - crops, w * columns - crops,
    c].
    """
    b, rank = batch_blocks(node), len(node.input(0).shape)
    n, h, w, c = as_map(node.input(0).shape)
    if n % b.size:
        raise unsupported(node, f"{n} images are no whole blocks of {b.rows} x {b.columns}")
    rows, columns = h * b.rows - b.top - b.bottom, w * b.columns - b.left - b.right
    if min(rows, columns) < 1:
        raise unsupported(node, "it crops everything")
    return (of_rank((n // b.size, rows, columns, c), rank),)


def _copy(node: Node) -> TableCopy:
    b, (_, h, w, c) = batch_blocks(node), as_map(node.input(0).shape)
    batches, rows, columns, _ = as_map(node.output.shape)
    image, row, column = h * w, np.arange(rows) + b.top, np.arange(columns) + b.left
    tables = (
        np.arange(batches) * image,
        row % b.rows * b.columns * batches * image + row // b.rows * w,
        column % b.columns * batches * image + column // b.columns,
    )
    return table_copy(c, tables)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return copied(node, _copy(node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_table_copy` of pixels."""
    return table_copy_call(node, _copy(node))
