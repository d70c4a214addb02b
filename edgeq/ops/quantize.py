"""QUANTIZE: reals to integers, or integers to another scale (TFLite reference/quantize.h and requantize.h)."""

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
from edgeq.opkit.contract import KernelCall, Node, Parameter, Shape, Values, View, check_quantized, unsupported
from edgeq.opkit.elementwise import stretch
from edgeq.opkit.lookup import lookup_kernel


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
SHORT = {"int8": "s8", "uint8": "u8", "int16": "s16", "int32": "s32", "float32": "f32"}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape; checks that what is quantized has one scale."""
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
    """The output for every value of an input of 8 or 16 bits, in the order of its bits read as unsigned."""
    dtype = np.dtype(node.input(0).dtype)
    return _requantized(node, np.arange(1 << 8 * dtype.itemsize).astype(f"u{dtype.itemsize}").view(dtype))


def _requantized(node: Node, x: Values) -> Values:
    low, high = LIMITS[node.output.dtype]
    centred = wrap_int32(x.astype(np.int64) - node.input(0).zero_point)
    scaled = multiply_by_quantized_multiplier(centred, *_factor(node))
    return np.clip(wrap_int32(scaled + node.output.zero_point), low, high).astype(node.output.dtype)


def _factor(node: Node) -> Multiplier:
    return quantize_multiplier(node.input(0).scale / node.output.scale)


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_quantize_<from>_<to>`, a table of 256 bytes between types of 8 bits, a view where nothing changes."""
    x, y = node.input(0), node.output
    if x.dtype == y.dtype and (x.scale, x.zero_point) == (y.scale, y.zero_point):
        return View(0)
    if x.dtype == y.dtype == "int8":
        return lookup_kernel(_table(node), y.size)
    name, overlap = f"quantize_{SHORT[x.dtype]}_{SHORT[y.dtype]}", (stretch(x, y),)
    if x.dtype == "float32":
        fields: dict[str, Parameter | None] = {"elements": y.size, "scale": y.scale, "zero_point": y.zero_point}
        return KernelCall(f"edgeq_{name}", fields, overlap=overlap, source=name)
    if x.nbytes == y.nbytes == y.size:
        table: dict[str, Parameter | None] = {"elements": y.size, "table": _table(node).view(np.uint8)}
        return KernelCall("edgeq_quantize_bytes", table, overlap=overlap, source="quantize_bytes")
    factor = _factor(node)
    return KernelCall(
        f"edgeq_{name}",
        {
            "elements": y.size,
            "x_zero_point": x.zero_point,
            "y_zero_point": y.zero_point,
            "multiplier": factor.multiplier,
            "shift": factor.shift,
        },
        overlap=overlap,
        source=name,
    )
