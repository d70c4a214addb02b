"""MAXIMUM and MINIMUM: of two broadcast operands, element by element, the larger or the smaller one
(TFLM kernels/maximum_minimum.h).

Inputs and output share their quantization, so that integers are compared as they are. Where two
floats do not compare (NaN) or are equal (0 and -0), the second operand is the result.
"""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.elementwise import broadcast_shape
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape
from edgeq.opkit.pairs import pair_call
from edgeq.opkit.suffix import SUFFIX

TYPES = {(d, d): (d,) for d in ("int8", "int16", "int32", "int64", "float32")}
VERSIONS = {("int8",): 2, ("int16",): 4}


@dataclass(frozen=True)
class Attributes:
    pass


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which both inputs broadcast; they have the output's scale and zero point."""
    check_same_quantization(node, node.input(0), node.input(1), node.output)
    return (broadcast_shape(node),)


def maximum_minimum_kernel(node: Node, name: str) -> KernelCall:
    """`edgeq_<name>_<type>`, in place over an operand of the output's size.

    name: maximum or minimum.
    """
    source = "unbounded_f32" if node.output.dtype == "float32" else "maximum_minimum"
    return pair_call(node, f"{name}_{SUFFIX[node.output.dtype]}", source)
