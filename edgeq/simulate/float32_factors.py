"""Bounds of layers whose scales an interpreter multiplies in float32, where edgeq does in float64."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgeq.graph import Quantization
from edgeq.opkit.node import Node, Values
from edgeq.ops import operator
from edgeq.simulate.difference_bounds import ONE_STEP


def scales_multiplied_in_float32(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts exactly the product of two matrices whose scales are multiplied in float32."""
    return np.array_equal(_with_product_of_scales(node, values, _product_in_float32(node)), got)


def factor_in_float32(
    node: Node, values: Sequence[Values | None], want: Values, got: Values
) -> bool:
    """Accepts products that are at most 1 from edgeq's, and exactly those of the factor between the
    scales in float32, which may differ by any amount where they leave 32 bits.
    """
    if ONE_STEP(node, values, want, got):
        return True
    scale = node.output.scale
    factor = float(np.float32(_product_in_float32(node)) / np.float32(scale))
    return np.array_equal(_with_product_of_scales(node, values, factor * scale), got)


def _product_in_float32(node: Node) -> float:
    return float(np.float32(node.input(0).scale) * np.float32(node.input(1).scale))


def _with_product_of_scales(
    node: Node, values: Sequence[Values | None], product: float
) -> Values | tuple[Values, ...]:
    """The layer's output if the scales of its two inputs had another product."""
    inputs = tuple(
        replace(t, quantization=Quantization((scale,), (t.zero_point,)))
        for t, scale in ((node.input(0), product), (node.input(1), 1.0))
    )
    return operator(node.kind).simulate(replace(node, inputs=inputs), *values)
