"""Factors between scales that the reference arithmetic takes only below 1."""

from __future__ import annotations

from edgeq.fixedpoint import Multiplier, quantize_multiplier
from edgeq.opkit.node import Node, unsupported


def below_one(node: Node, factor: float) -> Multiplier:
    """`QuantizeMultiplierSmallerThanOneExp`, which stops the program where the factor is not below
    1.
    """
    multiplier = quantize_multiplier(factor) if 0 < factor < 1 else None
    if multiplier is None or multiplier.shift > 0:
        scales = ", ".join(
            str(t.scale) for t in (node.input(0), node.input(1), node.output) if t.quantization
        )
        raise unsupported(
            node, f"its scales {scales} are too far apart for the reference arithmetic"
        )
    return multiplier
