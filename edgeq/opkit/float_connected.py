"""FULLY_CONNECTED on float32 activations, with float32 or int8 weights (TFLite fully_connected.cc, EvalHybridDense)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from edgeq.fixedpoint import REAL_RANGES
from edgeq.opkit.contract import KernelCall, Node, Parameter, Values, constant
from edgeq.opkit.dynamic import quantize_asymmetric, quantize_symmetric, weights_for_sums
from edgeq.opkit.float_weights import (
    bounds_parameters,
    float_bias,
    is_hybrid,
    unit_parameters,
    weight_scales,
    weight_sums,
    written_last,
)
from edgeq.opkit.floats import clamp, fused_bounds, products


@lru_cache(maxsize=64)
def _matrix(node: Node) -> Values:
    """[depth, units] in the type in which the weights are multiplied."""
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
    low, high = _hybrid_bounds(node)
    # not `clamp`: what is not above the lower bound is that bound, so -0 becomes 0 (ApplyActivationToVector)
    bounded = np.where(y > low, np.minimum(y, np.float32(high)), np.float32(low))
    return np.asarray(bounded).reshape(len(x), *node.output.shape)


def _hybrid_bounds(node: Node) -> tuple[float, float]:
    """Bounds of the fused activation; unlike other float layers, these clamp no infinity where nothing is fused."""
    return REAL_RANGES[node.attributes.fused_activation_function]


def connected_kernel(node: Node) -> KernelCall:
    """`edgeq_fully_connected_f32`, `_hybrid_units`, or of fewer than 4 units `_hybrid`."""
    (units, depth), weights = node.input(1).shape, constant(node, 1)
    rows = node.output.size // units
    if is_hybrid(node) and units >= 4:
        return _units_kernel(node, rows)
    fields: dict[str, Parameter | None] = {"rows": rows, "depth": depth, "units": units}
    if not is_hybrid(node):
        parameters = {**fields, **bounds_parameters(node), "weights": weights, "bias": float_bias(node)}
        return KernelCall("edgeq_fully_connected_f32", parameters, source="fully_connected_f32")
    scales, (low, high) = weight_scales(node), _hybrid_bounds(node)
    return KernelCall(
        "edgeq_fully_connected_hybrid",
        {
            **fields,
            "scale_step": int(len(scales) > 1),
            "activation_min": low,
            "activation_max": high,
            "symmetric": int(not node.attributes.asymmetric_quantize_inputs),
            "weights": weights,
            "weight_sum": weight_sums(weights, 0),
            "weight_scale": scales,
            "bias": float_bias(node),
        },
        scratch_bytes=depth,
        overlap=written_last(node, rows),
        source="fully_connected_hybrid",
    )


def _units_kernel(node: Node, rows: int) -> KernelCall:
    weights, asymmetric = constant(node, 1), node.attributes.asymmetric_quantize_inputs
    layer = unit_parameters(node, weights, not asymmetric, True, _hybrid_bounds(node))
    return KernelCall(
        "edgeq_fully_connected_hybrid_units",
        {"rows": rows, "depth": weights.shape[1], **layer},
        scratch_bytes=-(-weights.shape[1] // 4) * 4,
        overlap=written_last(node, rows),
        source="fully_connected_hybrid_units",
    )
