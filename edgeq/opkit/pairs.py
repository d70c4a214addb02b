"""Operators on two broadcast operands: their C calls, and fused activations of int32."""

from __future__ import annotations

from edgeq.fixedpoint import REAL_RANGES
from edgeq.opkit.elementwise import broadcast_parameters, in_place
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, unsupported

INT32 = (-(2**31), 2**31 - 1)


def int32_range(node: Node) -> tuple[int, int]:
    """The bounds of the node's fused activation on integers that have no scale
    (`CalculateActivationRange` of kernel_util.h); UnsupportedError where it has none.
    """
    activation = node.attributes.fused_activation_function
    if activation not in REAL_RANGES:
        raise unsupported(node, f"fused activation {activation} on int32")
    low, high = REAL_RANGES[activation]
    return int(max(low, INT32[0])), int(min(high, INT32[1]))


def pair_call(
    node: Node,
    name: str,
    source: str,
    order: tuple[int, int] = (0, 1),
    **fields: Parameter | None,
) -> KernelCall:
    """`edgeq_<name>` of `<source>.c` over the loop nest of the operands, with its further fields;
    in place over an operand of the output's size.

    order: the inputs that the kernel takes as a and b.
    """
    return KernelCall(
        f"edgeq_{name}",
        {**broadcast_parameters(node, order), **fields},
        order,
        overlap=in_place(node, order),
        source=source,
    )
