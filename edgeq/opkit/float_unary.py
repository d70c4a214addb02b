"""Operators of one float32 tensor that work on each element by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.lookup import same_shape
from edgeq.opkit.node import Node, Shape, Values

FLOAT_TYPES = {("float32",): ("float32",)}


@dataclass(frozen=True)
class Attributes:
    """Options that such an operator reads: none."""


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The output shape: the input's."""
    return same_shape(node)


def is_float(node: Node) -> bool:
    """Whether the operator computes on float32."""
    return node.output.dtype == "float32"


def each_element(function: Callable[[Any], Any], x: Values | None) -> Values:
    """function(x) for x float32 [samples, ...], as float32 of the same shape. What is no number,
    infinite or out of range is the function's to answer, without a warning.
    """
    assert x is not None
    with np.errstate(all="ignore"):
        return np.asarray(function(x))


def unary_call(node: Node, source: str, **fields: Parameter | None) -> KernelCall:
    """`edgeq_<source>` on all elements, with its further fields; in place where the planner likes."""
    return KernelCall(
        f"edgeq_{source}", {"elements": node.output.size, **fields}, overlap=(0,), source=source
    )
