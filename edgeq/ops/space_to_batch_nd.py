"""SPACE_TO_BATCH_ND: images of a batch from the pixels of blocks, after a border of the zero point
was added (TFLite reference/space_to_batch_nd.h).
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
from edgeq.opkit.strided import element_bytes


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = BATCH_TYPES
NEWEST_VERSION = 4
SAME_SCALE = True
HOMOGENEOUS = True
VERSIONS = BATCH_VERSIONS


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [n, h, w, c], block sizes and paddings -> [n * block, padded h / rows, padded w / columns,
    c].
    """
    b, rank = batch_blocks(node), len(node.input(0).shape)
    n, h, w, c = as_map(node.input(0).shape)
    rows, columns = b.top + h + b.bottom, b.left + w + b.right
    if rows % b.rows or columns % b.columns:
        why = f"{rows} x {columns} padded pixels are no whole blocks of {b.rows} x {b.columns}"
        raise unsupported(node, why)
    return (of_rank((n * b.size, rows // b.rows, columns // b.columns, c), rank),)


def _zero(node: Node) -> int:
    """What the border holds: the zero point of 8-bit integers, else 0."""
    y = node.output
    return y.zero_point if y.quantization is not None and y.dtype in ("int8", "uint8") else 0


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    x = values[0]
    assert x is not None
    b, (n, h, w, c) = batch_blocks(node), as_map(x.shape[1:])
    border = ((0, 0), (0, 0), (b.top, b.bottom), (b.left, b.right), (0, 0))
    padded = np.pad(x.reshape(len(x), n, h, w, c), border, constant_values=_zero(node))
    rows, columns = padded.shape[2] // b.rows, padded.shape[3] // b.columns
    cut = padded.reshape(len(x), n, rows, b.rows, columns, b.columns, c)
    return cut.transpose(0, 3, 5, 1, 2, 4, 6).reshape(len(x), *node.output.shape)


def kernel(node: Node) -> KernelCall:
    """`edgeq_space_to_batch_nd`, pixel by pixel."""
    b, (n, h, w, c) = batch_blocks(node), as_map(node.input(0).shape)
    _, rows, columns, _ = as_map(node.output.shape)
    return KernelCall(
        "edgeq_space_to_batch_nd",
        {
            "images": n,
            "height": h,
            "width": w,
            "pixel": c * element_bytes(node.output),
            "blocks": b.size,
            "block_rows": b.rows,
            "block_columns": b.columns,
            "output_height": rows,
            "output_width": columns,
            "pad_top": b.top,
            "pad_left": b.left,
            "fill": _zero(node),
        },
    )
