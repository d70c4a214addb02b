"""CAST: the same number in another type (TFLM kernels/cast.cc).

Integers wrap around where the type is narrower, fractions are cut off, every number but 0 is true.
C leaves undefined what becomes of a float beyond the integer type; here it is the nearest integer,
the largest for NaN, as TFLite's newer kernels have it for int32. Scales and zero points play no part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.graph import DTYPES
from edgeq.opkit.elementwise import stretch
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.lookup import same_shape
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.strided import DATA
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    pass


_DTYPES = (*DATA, "uint32")
TYPES = {(dtype,): ("|".join(_DTYPES),) for dtype in _DTYPES}
NEWEST_VERSION = 8
ELEMENTWISE = True
ON_REALS = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's."""
    return same_shape(node)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> the output's dtype and the same shape."""
    x, dtype = values[0], DTYPES[node.output.dtype]
    assert x is not None
    if x.dtype.kind != "f" or dtype.kind not in "iu":
        with np.errstate(all="ignore"):
            return x.astype(dtype)
    bits = 8 * dtype.itemsize
    least = 0 if dtype.kind == "u" else -(1 << (bits - 1))
    ends = np.array([least, least + (1 << bits) - 1], dtype)
    low, high = ends.astype(np.float32)
    whole = np.where((x > low) & (x < high), x, 0).astype(dtype)
    return np.where(x < high, np.where(x > low, whole, ends[0]), ends[1])


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_cast_<from>_<to>`, or a view where the bytes stay."""
    x, y = node.input(0), node.output
    bytes_stay = x.nbytes == y.nbytes == x.size and y.dtype != "bool"
    bytes_stay |= {x.dtype, y.dtype} == {"int32", "uint32"}
    if x.dtype == y.dtype or bytes_stay:
        return View(0)
    whole = x.dtype == "float32" and y.dtype != "bool"
    return KernelCall(
        f"edgeq_cast_{_read(x.dtype, y.dtype)}_{_written(y.dtype, whole)}",
        {"elements": x.size},
        overlap=(stretch(x, y),),
        source="cast_whole" if whole else "cast",
    )


def _read(dtype: str, written: str) -> str:
    """A bool is read as the byte that it is, 0 or 1; uint32 as int32 where its sign has no effect."""
    if dtype == "uint32" and written not in ("int64", "float32"):
        return SUFFIX["int32"]
    return SUFFIX["uint8" if dtype == "bool" else dtype]


def _written(dtype: str, whole: bool) -> str:
    """Of integers that wrap around, signed and unsigned ones of one width have the same bytes."""
    signed = {"uint8": "int8", "uint32": "int32"}
    return SUFFIX[dtype if whole else signed.get(dtype, dtype)]
