"""FULLY_CONNECTED on float32 activations, with float32 or int8 weights (TFLite fully_connected.cc,
EvalHybridDense).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from edgeq.fixedpoint import REAL_RANGES
from edgeq.opkit.dynamic import quantize_asymmetric, quantize_symmetric, weights_for_sums
from edgeq.opkit.float_weights import (
    float_bias,
    is_hybrid,
    weight_scales,
)
from edgeq.opkit.floats import clamp, fused_bounds, products
from edgeq.opkit.node import Node, Values, constant


@lru_cache(maxsize=64)
def _matrix(node: Node) -> Values:
    """[depth, neurons] in the type in which the weights are multiplied."""
    matrix = constant(node, 1).T
    return weights_for_sums(matrix) if is_hybrid(node) else matrix


def simulate_connected(node: Node, x: Values) -> Values:
    """x float32 [samples, ..., depth] -> float32 [samples, *output shape]."""
    matrix = _matrix(node)
    rows = x.reshape(-1, len(matrix))
    if not is_hybrid(node):
        y = clamp(products(rows, matrix) + float_bias(node), *fused_bounds(node))
        return y.reshape(len(x), *node.output.shape)
    asymmetric = node.attributes.asymmetric_quantize_inputs
    found = quantize_asymmetric(rows) if asymmetric else quantize_symmetric(rows)
    y = (found.steps.astype(matrix.dtype) @ matrix).astype(np.float32)
    y *= found.scale[:, None] * weight_scales(node)
    y += float_bias(node)
    low, high = hybrid_bounds(node)
    # not `clamp`: what is not above the lower bound is that bound, so -0 becomes 0
    # (ApplyActivationToVector)
    bounded = np.where(y > low, np.minimum(y, np.float32(high)), np.float32(low))
    return np.asarray(bounded).reshape(len(x), *node.output.shape)


def hybrid_bounds(node: Node) -> tuple[float, float]:
    """Bounds of the fused activation; unlike other float layers, these clamp no infinity where
    nothing is fused.
    """
    return REAL_RANGES[node.attributes.fused_activation_function]
