"""ADD: y = a + b, either operand broadcast (TFLite integer_ops/add.h; int32 and int64 wrap)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

from edgeq.opkit import library_pairs
from edgeq.opkit.add_sub import TYPES, Sum, quantized_sum, simulate_sum, sum_kernel, sum_shapes
from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.libraries import LIBRARIES, Library
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.rows import RowKernel, element_rows

__all__ = ["TYPES", "Attributes", "channels", "kernel", "output_shapes", "rows", "simulate"]
OPTIONS = "AddOptions"
NEWEST_VERSION = 5
ELEMENTWISE = True
HOMOGENEOUS = True
VERSIONS = {("int8",): 2, ("int16",): 3}


@dataclass(frozen=True)
class Attributes:
    fused_activation_function: str = "NONE"


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which a and b broadcast."""
    shapes = sum_shapes(node)
    _arithmetic(node)
    return shapes


@lru_cache(maxsize=256)
def _arithmetic(node: Node) -> Sum | None:
    return quantized_sum(node, 1)


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> [samples, *output shape] of it."""
    return simulate_sum(node, _arithmetic(node), 1, *values)


def channels(node: Node) -> Channels | None:
    """Those of both operands."""
    return channelwise(node, rising=True)


def kernel(node: Node) -> KernelCall:
    """`edgeq_sum_s8`, `_s16`, `_s32` or `_s64`; in place over an operand of the output's size."""
    return sum_kernel(node, _arithmetic(node), 1)


def _by_library(library: Library, node: Node) -> KernelCall | None:
    return library_pairs.add(library, node, _arithmetic(node))


LIBRARY_CALLS = {library.name: partial(_by_library, library) for library in LIBRARIES.values()}


def rows(node: Node) -> RowKernel | None:
    """The row kernel of two operands of equal shape, one row per call."""
    return element_rows(node, kernel)
