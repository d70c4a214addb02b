"""Which layers a known difference between interpreters concerns."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.integer_lstm import integer_lstm
from edgeq.opkit.lstm import CELL, HIDDEN
from edgeq.opkit.node import Node, Shape, Values
from edgeq.ops import operator

FINE_CELLS = 2.0**-9  # the largest scale of cells for which TFLite has a function
FINEST_CELLS = 2.0**-15  # and the least, of cells between -1 and 1


def integer(node: Node) -> bool:
    """Whether the output holds int8 or int16."""
    return node.output.dtype in ("int8", "int16")


def rescaled(node: Node) -> bool:
    """Whether a quotient of the scales, or that times alpha, is another in float32 than in float64."""
    if not integer(node):
        return False
    x, y, alpha = node.input(0).scale, node.output.scale, getattr(node.attributes, "alpha", 1.0)
    return _other_in_float32(x, 1.0, y) or _other_in_float32(x, alpha, y)


def multiplied(node: Node) -> bool:
    """Whether the factor of a product, or of a PRELU at and above zero, is another in float32 than
    in float64.
    """
    if not integer(node):
        return False
    a, b, y = node.input(0).scale, node.input(1).scale, node.output.scale
    above_zero = node.kind == "PRELU" and _other_in_float32(a, 1.0, y)
    return above_zero or _other_in_float32(a, b, y)


def factors_in_float32_differ(node: Node) -> bool:
    """Whether one of the two requantization factors of an SVDF has another value if it is computed in
    float32 instead of float64.
    """
    x, feature, time, state = (node.input(i).scale for i in (0, 1, 2, 4))
    return _other_in_float32(x, feature, state) or _other_in_float32(state, time, node.output.scale)


def _other_in_float32(a: float, b: float, divisor: float) -> bool:
    """Whether a * b / divisor has another value if each operation is rounded to float32."""
    return float(np.float32(a) * np.float32(b) / np.float32(divisor)) != a * b / divisor


def per_channel(node: Node) -> bool:
    """Whether the weights have a scale for each channel."""
    weights = node.input(1).quantization
    return weights is not None and weights.per_channel


def kept_dimensions(node: Node) -> bool:
    """Whether an integer dense layer of per-channel weights keeps three or more dimensions."""
    return (
        integer(node)
        and node.attributes.keep_num_dims
        and per_channel(node)
        and len(node.output.shape) > 2
    )


def indexes_outside(node: Node) -> bool:
    """Whether indices of the layer may be out of bounds of the tensor that they index: they are
    computed, or constants that are.
    """
    limits = operator(node.kind).index_limits
    return limits is not None and any(
        not node.input(p).constant or not _within(node.input(p).array, limit)
        for p, limit in limits(node).items()
    )


def _within(index: Values, limit: int | Shape) -> bool:
    return bool(np.all((index >= 0) & (index < np.asarray(limit))))


def dense_layer_within(node: Node) -> bool:
    """Whether a region of the layer, such as a loop's body, has an integer dense layer."""
    return any(
        op.kind == "FULLY_CONNECTED"
        and region.graph.tensors[op.outputs[0]].dtype in ("int8", "int16")
        for _, region in node.regions
        for op in region.graph.ops
    )


def product_of_scales(node: Node) -> bool:
    """Whether the product of the scales of a dense layer's input and weights, or of two matrices, is
    another in float32 than in float64.
    """
    if node.output.dtype not in ("int8", "int16") or per_channel(node):
        return False
    x, w = node.input(0).scale, node.input(1).scale
    return float(np.float32(x) * np.float32(w)) != x * w


def power_of_two(node: Node) -> bool:
    """Whether the scales of an int16 layer of two inputs are all powers of two."""
    scales = (
        (node.input(0).scale, node.input(1).scale, node.output.scale)
        if node.output.dtype == "int16"
        else (3.0,)
    )
    return all(np.frexp(scale)[0] == 0.5 for scale in scales)


def equal_scales(node: Node) -> bool:
    """Whether the int8 weights of a float layer have one scale, written once for each channel."""
    weights = node.input(1).quantization
    hybrid = node.output.dtype == "float32" and node.input(1).dtype == "int8"
    return hybrid and weights is not None and weights.per_channel and len(set(weights.scale)) == 1


def merged_rows(node: Node) -> bool:
    """Whether x lies transposed and has several matrices for one of y."""
    x, y = node.input(0).shape, node.input(1).shape
    return bool(node.attributes.adj_x) and y[-3:-2] == (1,) and x[-3:-2] not in ((), (1,))


def coarse_cells(node: Node) -> bool:
    """Whether TFLite has no function for cells of that scale."""
    scale = node.input(CELL).scale
    return not FINEST_CELLS <= scale <= FINE_CELLS or float(np.frexp(scale)[0]) != 0.5


def other_hidden_scale(node: Node) -> bool:
    """Whether an integer LSTM's fifth intermediate tensor, by which TFLite quantizes the hidden
    state, has another scale or zero point than the state itself.
    """
    if not integer(node) or len(node.intermediates) < 5:
        return False
    inner, hidden = node.intermediates[4].quantization, node.input(HIDDEN)
    of_hidden = (hidden.scale, hidden.zero_point)
    return inner is not None and (inner.scale[0], inner.zero_point[0]) != of_hidden


def recurrent_products_beyond_16_bits(node: Node) -> bool:
    """Whether the products of an integer LSTM's hidden state and a gate's weights may leave 16 bits."""
    if not integer(node):
        return False
    lstm = integer_lstm(node)
    reach = -np.iinfo(node.output.dtype).min
    largest = reach * np.abs(lstm.h_weights).sum(axis=0) + np.abs(lstm.h_bias)
    factors = [np.ldexp(factor.multiplier, factor.shift - 31) for factor in lstm.h_factors]
    return bool(np.any(largest.reshape(4, -1).max(axis=1) * factors >= 2**15))
