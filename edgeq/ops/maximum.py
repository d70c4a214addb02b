"""MAXIMUM: y = max(a, b), either operand broadcast (TFLM kernels/maximum_minimum.h)."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.channels import Channels, channelwise
from edgeq.opkit.elementwise import aligned
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.maximum_minimum import (
    TYPES,
    VERSIONS,
    Attributes,
    maximum_minimum_kernel,
    output_shapes,
)
from edgeq.opkit.node import Node, Values
from edgeq.opkit.rows import RowKernel, element_rows

__all__ = [
    "TYPES",
    "VERSIONS",
    "Attributes",
    "channels",
    "kernel",
    "output_shapes",
    "rows",
    "simulate",
]
NEWEST_VERSION = 4
ELEMENTWISE = True
SAME_SCALE = True
CLAMPS = True
HOMOGENEOUS = True


def simulate(node: Node, *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> [samples, *output shape] of it."""
    a, b = aligned(node, *values)
    return np.where(a > b, a, b)


def channels(node: Node) -> Channels | None:
    """Those of both operands."""
    return channelwise(node, rising=True)


def kernel(node: Node) -> KernelCall:
    """`edgeq_maximum_<type>`."""
    return maximum_minimum_kernel(node, "maximum")


def rows(node: Node) -> RowKernel | None:
    """The row kernel, one row per call."""
    return element_rows(node, kernel)
