"""EMBEDDING_LOOKUP: rows of a table, by index (TFLM kernels/embedding_lookup.cc)."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.opkit.checks import check_quantized, check_same_quantization
from edgeq.opkit.indices import within
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import element_bytes


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int32", "int8"): ("int8|float32",), ("int32", "float32"): ("float32",)}
NEWEST_VERSION = 4
SAME_SCALE = True


def _is_dequantized(node: Node) -> bool:
    return node.input(1).dtype != node.output.dtype


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """indices [n], table [rows, ...] -> [n, ...].

    Raises UnsupportedError for other ranks, and for a table of int8 with another zero point than 0
    that is to be float32.
    """
    index, table = node.input(0), node.input(1)
    if len(index.shape) != 1 or len(table.shape) < 2:
        raise unsupported(node, f"indices {list(index.shape)} of a table {list(table.shape)}")
    if _is_dequantized(node):
        check_quantized(node, table)
        if table.zero_point != 0:
            raise unsupported(node, f"its table has zero point {table.zero_point}, TFLM takes 0")
    else:
        check_same_quantization(node, table, node.output)
    return ((index.shape[0], *table.shape[1:]),)


def index_limits(node: Node) -> dict[int, int]:
    """How many rows the table has."""
    return {0: node.input(1).shape[0]}


def simulate(node: Node, *values: Values | None) -> Values:
    """indices [samples, n], table [samples, rows, ...] -> [samples, n, ...]; an index out of range
    counts as the nearest.
    """
    index, table = values[0], values[1]
    assert index is not None
    assert table is not None
    samples, rows = max(len(index), len(table)), table.shape[1]
    flat = np.broadcast_to(table.reshape(len(table), rows, -1), (samples, rows, table[0, 0].size))
    chosen = np.broadcast_to(within(index, rows), (samples, index.shape[1]))[..., None]
    found = np.take_along_axis(flat, chosen, 1).reshape(samples, *node.output.shape)
    if not _is_dequantized(node):
        return found
    return np.asarray(found.astype(np.float32) * np.float32(node.input(1).scale))


def kernel(node: Node) -> KernelCall:
    """`edgeq_gather_s32`, or `edgeq_embedding_lookup_f32` where int8 rows become float32."""
    index, table = node.input(0), node.input(1)
    columns, ends = prod(table.shape[1:]), (1, 0)
    if _is_dequantized(node):
        name, sizes = "embedding_lookup_f32", {"rows": table.shape[0], "indices": index.size}
        fields = {**sizes, "columns": columns, "scale": table.scale}
        return KernelCall(f"edgeq_{name}", fields, ends, overlap=(None, None), source=name)
    sizes = {
        "batches": 1,
        "outer": 1,
        "count": table.shape[0],
        "indices": index.size,
        "run": columns * element_bytes(table),
    }
    return KernelCall("edgeq_gather_s32", sizes, ends, overlap=(None, None), source="gather")
