"""Bounds of the sums of layers with weights, and the outputs that these make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgeq.dead_channels.bounds import Integers, Reach
from edgeq.graph import DTYPES, Tensor
from edgeq.opkit.channels import WeightedSum
from edgeq.opkit.contract import WeightRole
from edgeq.opkit.node import Node, Values
from edgeq.ops import operator

BIAS = {"int8": "int32", "uint8": "int32", "int16": "int64", "float32": "float32"}
"""Type of the activations -> that of the bias."""
BLOCK = 1 << 20  # weights
LARGEST_SUM = {"int32": (1 << 31) - 1, "int64": (1 << 46) - 1}
"""Type of the bias -> the largest magnitude of a sum that layers of that type compute."""


def weight_role(node: Node) -> WeightRole:
    """The node's inputs that are x, weights and bias."""
    role = operator(node.kind).weights
    assert role is not None
    return role


def taps_by_filter(node: Node) -> Values:
    """The weights, [filters, taps] of their type, int4 as int8."""
    role = weight_role(node)
    weights = np.moveaxis(node.input(role.weights).array, role.axis, 0)
    return weights.reshape(len(weights), -1)


def blocks(weights: Values) -> Iterator[slice]:
    """Slices of filters [filters, taps] of about BLOCK weights, so that what is computed of each
    weight takes little memory.
    """
    step = max(1, BLOCK // max(weights.shape[1], 1))
    yield from (slice(at, at + step) for at in range(0, len(weights), step))


def bias_of(node: Node) -> Values:
    """The bias, int64 or of reals float64 [filters]; zeros where there is none."""
    role = weight_role(node)
    bias, filters = node.optional(role.bias), node.input(role.weights).shape[role.axis]
    wide = np.float64 if node.output.dtype == "float32" else np.int64
    if bias is None:
        return np.zeros(filters, wide)
    return bias.array.reshape(filters).astype(wide)


def sum_bounds(node: Node, sums: WeightedSum, x: Reach) -> tuple[Integers, Integers]:
    """The least and the largest sum of each filter, bias included, int64 [filters]."""
    zero_point = node.input(weight_role(node).x).zero_point
    low, high = x.low - zero_point, x.high - zero_point
    if sums.borders:
        low, high = np.minimum(low, 0), np.maximum(high, 0)
    weights, least = taps_by_filter(node), bias_of(node)
    largest = least.copy()
    for part in blocks(weights):
        up, down = np.maximum(weights[part], 0), np.minimum(weights[part], 0)
        lows, highs = low[sums.sources[part]], high[sums.sources[part]]
        least[part] += (up * lows + down * highs).sum(axis=1)
        largest[part] += (up * highs + down * lows).sum(axis=1)
    return least, largest


def outputs_of_sums(node: Node, sums: Integers) -> Integers | None:
    """What the layer makes of a sum in each filter, int64 [filters], by its own arithmetic: it is run
    with the sums as its bias and all weights 0.

    None where a sum, or its product with the layer's factor, could leave the accumulator: outputs
    would not rise with sums any more.
    """
    role = weight_role(node)
    x, bias = node.input(role.x), node.optional(role.bias)
    dtype = BIAS[x.dtype] if bias is None else bias.dtype
    large = np.abs(sums) * 4 * _factors(node) > LARGEST_SUM["int32"]
    if np.any(large | (np.abs(sums) > LARGEST_SUM[dtype])):
        return None
    inputs = [*node.inputs, None][: role.bias + 1]
    weights = node.input(role.weights)
    inputs[role.weights] = replace(weights, buffer=bytes(weights.nbytes), codebook=None)
    plain = Tensor("", sums.shape, dtype) if bias is None else bias
    inputs[role.bias] = replace(plain, buffer=sums.astype(DTYPES[dtype]).tobytes())
    zeros: Values = np.full((1, *x.shape), x.zero_point, DTYPES[x.dtype])
    values = [zeros if position == role.x else None for position in range(len(inputs))]
    made = operator(node.kind).simulate(replace(node, inputs=tuple(inputs)), *values)
    assert isinstance(made, np.ndarray)
    outputs: Integers = made.reshape(-1, made.shape[-1])[0].astype(np.int64)
    return outputs


def _factors(node: Node) -> npt.NDArray[np.float64]:
    """By what each filter's sums are multiplied, [filters] or [1]."""
    role = weight_role(node)
    quantization = node.input(role.weights).quantization
    assert quantization is not None
    scales = np.array(quantization.scale, np.float64)
    factors: npt.NDArray[np.float64] = node.input(role.x).scale * scales / node.output.scale
    return factors
