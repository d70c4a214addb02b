"""MEAN: the mean over axes, its division folded into the requantization (TFLite reference/reduce.h)."""

from __future__ import annotations

from edgeq.opkit.contract import KernelCall, Node, Values
from edgeq.opkit.reduction import TYPES, Attributes, element_count, output_shapes, simulate_sum, sum_kernel

__all__ = ["TYPES", "Attributes", "kernel", "output_shapes", "simulate"]


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 or int16 [samples, ...] -> the same type, [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return simulate_sum(node, element_count(node), x)


def kernel(node: Node) -> KernelCall:
    """A requantized sum whose multiplier holds the count."""
    return sum_kernel(node, element_count(node))
