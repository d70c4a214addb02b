"""SHAPE: the sizes of the input's axes (TFLM kernels/shape.cc).

`edgeq.cleanup` makes a constant of it, except where it is an output of the model.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.graph import DTYPES
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.strided import DATA


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(dtype,): ("int32|int64",) for dtype in DATA}
NEWEST_VERSION = 1


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """One size for each axis of the input."""
    return ((len(node.input(0).shape),),)


def _sizes(node: Node) -> Values:
    return np.array(node.input(0).shape, DTYPES[node.output.dtype])


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, *shape] -> int32 or int64 [1, rank], equal for every sample."""
    return _sizes(node)[None]


def kernel(node: Node) -> KernelCall:
    """`edgeq_shape`, which reads nothing of its input."""
    values = np.ascontiguousarray(_sizes(node)).view(np.int8)
    return KernelCall("edgeq_shape", {"bytes": values.size, "values": values}, (), overlap=())
