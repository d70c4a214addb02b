"""Pairs of matrices that are multiplied: sizes, broadcast batches, and steps through memory."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from edgeq.opkit.kernel_call import Parameter
from edgeq.opkit.node import Node, Shape, Values, unsupported

BATCH_AXES = 3  # of matmul/batch_matmul.h, and of TFLite


class Matrices(NamedTuple):
    """x_batch, y_batch: sizes of the batch axes, three each. The matrices are rows x depth and
    depth x columns, whichever way they lie.
    """

    x_batch: Shape
    y_batch: Shape
    rows: int
    depth: int
    columns: int

    @property
    def batch(self) -> Shape:
        """The batch axes of the product."""
        return np.broadcast_shapes(self.x_batch, self.y_batch)


def matrices(node: Node) -> Matrices:
    """The matrices of inputs 0 and 1; `adj_x` and `adj_y` say which lie transposed.

    Raises UnsupportedError where ranks, depths or batches do not fit.
    """
    x, y = node.input(0).shape, node.input(1).shape
    if not (2 <= len(x) <= BATCH_AXES + 2 and 2 <= len(y) <= BATCH_AXES + 2):
        raise unsupported(node, f"it takes 2 to 5 dimensions, got {list(x)} and {list(y)}")
    rows, depth = x[:-3:-1] if node.attributes.adj_x else x[-2:]
    same, columns = y[:-3:-1] if node.attributes.adj_y else y[-2:]
    batches = [(*(1,) * (BATCH_AXES + 2 - len(shape)), *shape[:-2]) for shape in (x, y)]
    fits = all(m == n or 1 in (m, n) for m, n in zip(*batches, strict=True))
    if depth != same or not fits:
        raise unsupported(node, f"its matrices {list(x)} and {list(y)} cannot be multiplied")
    return Matrices(batches[0], batches[1], rows, depth, columns)


def product_shape(node: Node) -> Shape:
    """The shape of the product: the broadcast batch axes, rows and columns."""
    m = matrices(node)
    rank = max(len(node.input(0).shape), len(node.input(1).shape)) - 2
    return (*m.batch[BATCH_AXES - rank :], m.rows, m.columns)


def arranged(node: Node, x: Values, y: Values) -> tuple[Values, Values]:
    """Inputs [samples, *shape] -> [samples, 3 batch axes, rows, depth] and [..., depth, columns]."""
    x = x.swapaxes(-1, -2) if node.attributes.adj_x else x
    y = y.swapaxes(-1, -2) if node.attributes.adj_y else y
    ones = [(1,) * (BATCH_AXES + 3 - v.ndim) for v in (x, y)]
    return (
        x.reshape(len(x), *ones[0], *x.shape[1:]),
        y.reshape(len(y), *ones[1], *y.shape[1:]),
    )


def shape_parameters(node: Node) -> dict[str, Parameter | None]:
    """The fields `shape` of those in batch_matmul.h."""
    m, adj = matrices(node), node.attributes
    fields: dict[str, Parameter | None] = {
        "batches": m.batch,
        "x_batch": _steps(m.x_batch, m.rows * m.depth),
        "y_batch": _steps(m.y_batch, m.depth * m.columns),
        "rows": m.rows,
        "columns": m.columns,
        "depth": m.depth,
        "x_row": 1 if adj.adj_x else m.depth,
        "x_step": m.rows if adj.adj_x else 1,
        "y_column": m.depth if adj.adj_y else 1,
        "y_step": 1 if adj.adj_y else m.columns,
    }
    return {f"shape.{name}": value for name, value in fields.items()}


def _steps(batch: Shape, matrix: int) -> Shape:
    """Elements from one matrix to the next along each batch axis; 0 where there is one."""
    return tuple(0 if n == 1 else prod(batch[k + 1 :]) * matrix for k, n in enumerate(batch))
