"""QUANTIZE: real values to integers, or integers to another scale (TFLite reference/quantize.h and
requantize.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeq.fixedpoint import (
    LIMITS,
    Multiplier,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    quantize_reals,
    wrap_int32,
)
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.elementwise import stretch
from edgeq.opkit.kernel_call import KernelCall, Parameter, View
from edgeq.opkit.lookup import lookup_kernel
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.rows import RowKernel, element_rows
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {
    ("int8",): ("int8|uint8|int16|int32",),
    ("uint8",): ("int8|uint8",),
    ("int16",): ("int8|int16|int32",),
    ("int32",): ("int8|int16",),
    ("float32",): ("int8|uint8|int16",),
}
NEWEST_VERSION = 5
ELEMENTWISE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's. Raises UnsupportedError for per-channel scales."""
    x, y = node.input(0), node.output
    check_quantized(node, y, *([] if x.dtype == "float32" else [x]))
    if x.dtype != "float32" and x.scale / y.scale >= 2**30:
        raise unsupported(node, f"its factor {x.scale} / {y.scale} is 2**30 or more")
    return (x.shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, *shape] -> [samples, *shape] in the output's dtype."""
    x, y = values[0], node.output
    assert x is not None
    if x.dtype == np.float32:
        return quantize_reals(x, y.scale, y.zero_point, y.dtype)
    if x.dtype == np.int32:
        return _requantized(node, x)
    return np.asarray(np.take(_table(node), x.view(f"u{x.dtype.itemsize}")))


@lru_cache(maxsize=64)
def _table(node: Node) -> Values:
    """The output for every value of an 8- or 16-bit input, indexed by its bits read as unsigned."""
    dtype = np.dtype(node.input(0).dtype)
    return _requantized(
        node, np.arange(1 << 8 * dtype.itemsize).astype(f"u{dtype.itemsize}").view(dtype)
    )


def _requantized(node: Node, x: Values) -> Values:
    low, high = LIMITS[node.output.dtype]
    centred = wrap_int32(x.astype(np.int64) - node.input(0).zero_point)
    scaled = multiply_by_quantized_multiplier(centred, *_factor(node))
    return np.clip(wrap_int32(scaled + node.output.zero_point), low, high).astype(node.output.dtype)


def _factor(node: Node) -> Multiplier:
    return quantize_multiplier(node.input(0).scale / node.output.scale)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_quantize_<from>_<to>`, a table of 256 bytes between 8-bit types, or a view if nothing
    changes.
    """
    x, y = node.input(0), node.output
    if x.dtype == y.dtype and (x.scale, x.zero_point) == (y.scale, y.zero_point):
        return View(0)
    if x.dtype == y.dtype == "int8":
        return lookup_kernel(_table(node), y.size)
    function = f"edgeq_quantize_{SUFFIX[x.dtype]}_{SUFFIX[y.dtype]}"
    overlap = (stretch(x, y),)
    if x.dtype == "float32":
        fields: dict[str, Parameter | None] = {
            "elements": y.size,
            "scale": y.scale,
            "zero_point": y.zero_point,
        }
        return KernelCall(function, fields, overlap=overlap, source="quantize_real")
    if x.nbytes == y.nbytes == y.size:
        table: dict[str, Parameter | None] = {
            "elements": y.size,
            "table": _table(node).view(np.uint8),
        }
        return KernelCall("edgeq_quantize_bytes", table, overlap=overlap, source="quantize_bytes")
    factor = _factor(node)
    return KernelCall(
        function,
        {
            "elements": y.size,
            "x_zero_point": x.zero_point,
            "y_zero_point": y.zero_point,
            "multiplier": factor.multiplier,
            "shift": factor.shift,
        },
        overlap=overlap,
    )


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
