"""Operators on two broadcast operands whose elements are taken as they are: their C calls."""

from __future__ import annotations

from edgeq.opkit.elementwise import broadcast_parameters, in_place
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node


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
