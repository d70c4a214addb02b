"""Operators of one float32 tensor that work on each element by itself: their C calls."""

from __future__ import annotations

from edgeq.opkit.contract import KernelCall, Node, Parameter

FLOAT_TYPES = {("float32",): ("float32",)}


def is_float(node: Node) -> bool:
    """Whether the operator computes on float32."""
    return node.output.dtype == "float32"


def unary_call(node: Node, source: str, **fields: Parameter | None) -> KernelCall:
    """`edgeq_<source>` on all elements, with its further fields; in place where the planner likes."""
    return KernelCall(f"edgeq_{source}", {"elements": node.output.size, **fields}, overlap=(0,), source=source)
