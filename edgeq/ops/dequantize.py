"""DEQUANTIZE: y = scale * (x - zero_point) as float32 (TFLite reference/dequantize.h).

The reference multiplies in double. The product of a float32 and an integer of 17 bits or less is
exact there, so one
rounding to float32 is left: that of a float32 product.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeq.opkit.checks import check_quantized
from edgeq.opkit.elementwise import stretch
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("float32",), ("uint8",): ("float32",), ("int16",): ("float32",)}
NEWEST_VERSION = 8
ELEMENTWISE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape; checks that the input has one scale."""
    check_quantized(node, node.input(0))
    return (node.input(0).shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """Real values, float32 [samples, *shape], of the quantized values x [samples, *shape]."""
    x = values[0]
    assert x is not None
    return np.asarray(np.take(_table(node), x.view(f"u{x.dtype.itemsize}")))


@lru_cache(maxsize=64)
def _table(node: Node) -> Values:
    """The real value of every input, in the order of its bits read as unsigned."""
    x = node.input(0)
    dtype = np.dtype(x.dtype)
    every = np.arange(1 << 8 * dtype.itemsize).astype(f"u{dtype.itemsize}").view(dtype)
    return np.float32(x.scale) * (every.astype(np.int32) - x.zero_point).astype(np.float32)


def kernel(node: Node) -> KernelCall:
    """`edgeq_dequantize_s8`, `_u8` or `_s16`. In place, if the output ends where the input ends."""
    x = node.input(0)
    fields: dict[str, Parameter | None] = {
        "elements": x.size,
        "zero_point": x.zero_point,
        "scale": x.scale,
    }
    return KernelCall(
        f"edgeq_dequantize_{SUFFIX[x.dtype]}", fields, overlap=(stretch(x, node.output),)
    )
