"""Bounds of the sums of layers with weights, and the outputs that these make."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from edgeq.graph import DTYPES, Tensor
from edgeq.opkit.channels import WeightedSum
from edgeq.opkit.contract import WeightRole
from edgeq.opkit.node import Node, Values
from edgeq.ops import operator

if TYPE_CHECKING:
    from edgeq.dead_channels.reach import Reach

Integers = npt.NDArray[np.int64]

BIAS = {"int8": "int32", "uint8": "int32", "int16": "int64"}
"""Type of the activations -> that of the bias."""
LARGEST_SUM = {"int32": (1 << 31) - 1, "int64": (1 << 46) - 1}
"""Type of the bias -> the largest magnitude of a sum that layers of that type compute."""


def weight_role(node: Node) -> WeightRole:
    """The node's inputs that are x, weights and bias."""
    role = operator(node.kind).weights
    assert role is not None
    return role


def taps_by_filter(node: Node) -> Integers:
    """The weights, int64 [filters, taps]."""
    role = weight_role(node)
    weights = np.moveaxis(node.input(role.weights).array, role.axis, 0)
    return weights.reshape(len(weights), -1).astype(np.int64)


def bias_of(node: Node) -> Integers:
    """The bias, int64 [filters]; zeros where there is none."""
    role = weight_role(node)
    bias, filters = node.optional(role.bias), node.input(role.weights).shape[role.axis]
    if bias is None:
        return np.zeros(filters, np.int64)
    return bias.array.reshape(filters).astype(np.int64)


def sum_bounds(node: Node, sums: WeightedSum, x: Reach) -> tuple[Integers, Integers]:
    """The least and the largest sum of each filter, bias included, int64 [filters]."""
    zero_point = node.input(weight_role(node).x).zero_point
    low, high = x.low - zero_point, x.high - zero_point
    if sums.borders:
        low, high = np.minimum(low, 0), np.maximum(high, 0)
    weights, bias = taps_by_filter(node), bias_of(node)
    low, high = low[sums.sources], high[sums.sources]
    up, down = np.maximum(weights, 0), np.minimum(weights, 0)
    return (
        bias + (up * low + down * high).sum(axis=1),
        bias + (up * high + down * low).sum(axis=1),
    )


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
