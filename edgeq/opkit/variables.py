"""Copies between variables and tensors."""

from __future__ import annotations

from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node

VARIABLE_TYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")
"""What variables may hold: the types of inputs and outputs, since they are copied as they are."""


def copy_call(node: Node, position: int) -> KernelCall:
    """`edgeq_copy_variable` from an input to the output."""
    return KernelCall(
        "edgeq_copy_variable",
        {"bytes": node.output.nbytes},
        inputs=(position,),
        source="copy_variable",
    )
