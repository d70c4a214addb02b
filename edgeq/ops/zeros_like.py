"""ZEROS_LIKE: a tensor of zeros (TFLM kernels/zeros_like.cc). Quantized integers are 0 as well,
whatever their zero point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.lookup import same_shape
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.strided import moved_types


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = moved_types()
NEWEST_VERSION = 1
ON_REALS = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's."""
    return same_shape(node)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> zeros of its type and shape."""
    x = values[0]
    assert x is not None
    return np.zeros_like(x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_zeros_like`, which reads nothing of its input."""
    return KernelCall("edgeq_zeros_like", {"bytes": node.output.nbytes}, (), overlap=())
