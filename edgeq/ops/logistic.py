"""LOGISTIC: y = 1 / (1 + exp(-x)), int8 by a table of gemmlowp's integer results (integer_ops/logistic.h)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.fixedpoint import logistic
from edgeq.opkit.contract import KernelCall, Node, Shape, Values
from edgeq.opkit.lookup import Integers, look_up, lookup_kernel, same_shape, table
from edgeq.opkit.squash import check_scales, squash


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {("int8",): ("int8",)}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The input's shape; the output must have scale 1/256 and zero point -128."""
    check_scales(node, 1 / 256, -128)
    return same_shape(node)


def outputs(node: Node, x: Integers) -> Values:
    """int8 values -> the int8 logistic function of each."""
    return squash(node, x, logistic, fraction_bits=8)


def simulate(node: Node, *values: Values | None) -> Values:
    """x int8 [samples, ...] -> int8 of the same shape."""
    x = values[0]
    assert x is not None
    return look_up(table(outputs, node), x)


def kernel(node: Node) -> KernelCall:
    """`edgeq_lookup_s8` with the 256 outputs."""
    return lookup_kernel(table(outputs, node), node.output.size)
