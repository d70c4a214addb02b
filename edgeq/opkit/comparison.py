"""EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS and LESS_EQUAL of two broadcast operands, a bool
each (TFLM kernels/comparisons.cc, TFLite reference/comparisons.h).

Operands of int8 may differ in scale and zero point: both are brought to the real scale with 8
fraction bits, rounded twice, and are compared there. Values nearer than 1 / 256 may so be equal.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeq.fixedpoint import multiply_by_quantized_multiplier
from edgeq.graph import Tensor
from edgeq.opkit.below_one import below_one
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.elementwise import Integers, aligned, broadcast_shape, factor_parameters
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.node import Node, Shape, Values
from edgeq.opkit.pairs import pair_call
from edgeq.opkit.suffix import SUFFIX

ORDERED = {(d, d): ("bool",) for d in ("int8", "int32", "int64", "float32")}
"""The type rules of the operators that tell the larger from the smaller."""
TYPES = {**ORDERED, ("bool", "bool"): ("bool",)}
"""Those of EQUAL and NOT_EQUAL."""
VERSIONS = {("int8", "int8"): 2}
FRACTION_BITS = 8


@dataclass(frozen=True)
class Attributes:
    pass


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The common shape to which both inputs broadcast. Raises UnsupportedError for int8 scales from
    1 on, at which the reference stops.
    """
    a, b = node.input(0), node.input(1)
    if a.dtype == "int8":
        check_quantized(node, a, b)
        for x in (a, b):
            below_one(node, x.scale)
    return (broadcast_shape(node),)


def _scaled(node: Node, x: Tensor, values: Values) -> Integers:
    """int8 values as real numbers with `FRACTION_BITS`, rounded."""
    shifted = (values.astype(np.int64) - x.zero_point) << FRACTION_BITS
    return multiply_by_quantized_multiplier(shifted, *below_one(node, x.scale))


def compare(node: Node, test: Callable[[Any, Any], Any], *values: Values | None) -> Values:
    """a, b [samples, *shape] of one dtype -> bool [samples, *output shape]. test: a ufunc."""
    a, b = aligned(node, *values)
    if a.dtype == np.int8:
        a, b = _scaled(node, node.input(0), a), _scaled(node, node.input(1), b)
    return np.asarray(test(a, b))


def comparison_kernel(node: Node, name: str, order: tuple[int, int] = (0, 1)) -> KernelCall:
    """`edgeq_<name>_<type>`, in place over an int8 or bool operand of the output's size.

    name: equal, not_equal, greater or greater_equal.
    order: the inputs that are its left and its right operand.
    """
    dtype = node.input(0).dtype
    fields: dict[str, Parameter | None] = {}
    if dtype == "int8":
        for prefix, x in zip("ab", map(node.input, order), strict=True):
            fields[f"{prefix}_zero_point"] = x.zero_point
            fields |= factor_parameters(below_one(node, x.scale), f"{prefix}_")
    source = "compare_s8" if dtype == "int8" else "compare"
    return pair_call(node, f"{name}_{SUFFIX[dtype]}", source, order, **fields)
