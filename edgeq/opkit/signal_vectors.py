"""Checks that the signal operators of TFLM share."""

from __future__ import annotations

from edgeq.opkit.node import Node, Shape, unsupported


def vector(node: Node, position: int = 0) -> int:
    """The elements of an input of one dimension. Raises UnsupportedError for other ranks."""
    shape = node.input(position).shape
    if len(shape) != 1:
        raise unsupported(node, f"its input {position} has {len(shape)} dimensions, not one")
    return shape[0]


def frames(node: Node) -> tuple[int, int]:
    """The input as (rows, samples of each): its last axis, and all others as one.

    Raises UnsupportedError for a scalar.
    """
    shape: Shape = node.input(0).shape
    if not shape:
        raise unsupported(node, "its input is a single number")
    return node.input(0).size // shape[-1], shape[-1]
