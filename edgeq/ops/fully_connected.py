"""FULLY_CONNECTED: y[u] = requantize(bias[u] + sum (x - x_zero_point) * w[u]) (integer_ops/fully_connected.h)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from edgeq.opkit.columns import unit_groups, unit_order
from edgeq.opkit.contract import KernelCall, Node, Parameter, Shape, Values, WeightRole, constant, extents, unsupported
from edgeq.opkit.convolution import (
    CONVOLUTION_TYPES,
    KERNELS,
    channel_bias,
    channel_parameters,
    check_sum_width,
    checked_shape,
    folded_bias,
    input_magnitude,
    requantization,
    weight_scales,
)
from edgeq.opkit.float_connected import connected_kernel, simulate_connected
from edgeq.opkit.float_weights import FLOAT_TYPES, checked_float_shape
from edgeq.opkit.output_stage import output_stage
from edgeq.opkit.packed import packed
from edgeq.opkit.requantize import Dot, Requantization, WideRequantization, prepare_dot


@dataclass(frozen=True)
class Attributes:
    fused_activation_function: str = "NONE"
    weights_format: str = "DEFAULT"
    keep_num_dims: bool = False
    quantized_bias_type: str = "FLOAT32"
    asymmetric_quantize_inputs: bool = False


TYPES = {**CONVOLUTION_TYPES, **FLOAT_TYPES}
OPTIONS = "FullyConnectedOptions"
NEWEST_VERSION = 14
WEIGHTS = WeightRole(axis=0, rank=2)
VERSIONS = {("int8", "int8"): 4, ("int8", "int4"): 10, ("float32", "int8"): 9}
SCALES_VERSION = 12


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [..., depth], weights [units, depth] -> [rows, units], or [..., units] with `keep_num_dims`."""
    a, x, w = node.attributes, node.input(0), node.input(1).shape
    if a.weights_format != "DEFAULT":
        raise unsupported(node, f"its weights have the format {a.weights_format}, known is DEFAULT")
    if len(w) != 2 or w[1] == 0 or x.size % w[1]:
        raise unsupported(node, f"weights {list(w)} do not fit an input {list(x.shape)}")
    if a.keep_num_dims and x.shape[-1:] != w[1:]:
        raise unsupported(node, f"it keeps dimensions, and the last of the input {list(x.shape)} is not {w[1]}")
    check_sum_width(node)
    leading = x.shape[:-1] if a.keep_num_dims else (x.size // w[1],)
    if node.output.dtype == "float32":
        return checked_float_shape(node, (*leading, w[0]), 0)
    return checked_shape(node, (*leading, w[0]), output_requantization)


@lru_cache(maxsize=256)
def output_requantization(node: Node) -> Requantization | WideRequantization:
    """Accumulator to output: x_scale * w_scale / y_scale in float64, for each unit or for all.

    Source: TFLM's kernel_util.cc, GetQuantizedConvolutionMultipler. tflite-runtime 2.14 rounds the product of two
    per-tensor scales to float32 first, which moves one output in a million.
    """
    x, y, scales = node.input(0), node.output, weight_scales(node)
    if len(scales) == 1:
        _check_bias_scale(node, float(scales[0]))
    return requantization(node, np.float64(x.scale) * scales / np.float64(y.scale))


def _check_bias_scale(node: Node, scale: float) -> None:
    """Refuses a bias of another scale than input x weights, by the tolerance of GetQuantizedConvolutionMultipler."""
    bias = node.optional(2)
    if bias is None or bias.quantization is None:
        return
    difference = abs(node.input(0).scale * scale - bias.quantization.scale[0])
    if difference / node.output.scale > 0.02:
        raise unsupported(node, f"its bias has scale {bias.quantization.scale[0]:g}, not that of input x weights")


@lru_cache(maxsize=256)
def _dot(node: Node) -> Dot:
    matrix = constant(node, 1).T
    zero_point, magnitude = node.input(0).zero_point, input_magnitude(node)
    return prepare_dot(matrix, channel_bias(node), zero_point, magnitude, output_requantization(node))


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ..., depth] -> [samples, *output shape] of its type; exact by the bound of `Dot`."""
    x = values[0]
    assert x is not None
    if x.dtype == np.float32:
        return simulate_connected(node, x)
    dot = _dot(node)
    rows = x.reshape(-1, dot.weights.shape[0]).astype(dot.compute_dtype)
    return dot(rows).reshape(x.shape[0], *node.output.shape)


def columns(node: Node, x: Values) -> Values:
    """Of real x [samples, ..., depth] what the units' weights are multiplied by: [1, rows, depth]."""
    return x.reshape(1, -1, node.input(1).shape[1])


def macs(node: Node) -> int:
    """Multiply-accumulates: outputs times depth."""
    return node.output.size * node.input(1).shape[1]


def kernel(node: Node) -> KernelCall:
    """Four units at a time where `output_stage` finds its arithmetic, else the general kernel."""
    if node.output.dtype == "float32":
        return connected_kernel(node)
    r, (units, depth) = output_requantization(node), node.input(1).shape
    stage = None
    if isinstance(r, Requantization) and depth % 4 == 0 and units >= 4:
        weights = constant(node, 1).astype(np.int64)
        reach = 128 * np.abs(weights).sum(axis=1)
        stage = output_stage(r, folded_bias(node, 0).astype(np.int64), reach)
    return packed(node, general_kernel(node) if stage is None else units_kernel(node, stage))


def units_kernel(node: Node, stage: dict[str, Parameter | None]) -> KernelCall:
    """`edgeq_fully_connected_units_s8`: weights in groups of four units."""
    units, depth = node.input(1).shape
    constants, step = _unit_constants(np.asarray(stage["stage.constants"])[unit_order(units)])
    return KernelCall(
        "edgeq_fully_connected_units_s8",
        {
            **stage,
            "stage.constants": constants,
            "weights": unit_groups(constant(node, 1)),
            **extents(rows=node.output.size // units, depth=depth, units=units, scale_step=step),
        },
        source="fully_connected_units",
    )


def _unit_constants(constants: Values) -> tuple[Values, int]:
    """Those of the output stage [units, 3 or 4] as all biases, not doubled, then the rest of four units where it is the
    same for all, else of all; and the step from four units to the next. Biases are read beyond their end, by 12 words.
    """
    one_sided = constants.shape[1] == 3
    biases, rest = constants[:, 0] // (1 if one_sided else 2), constants[:, 1:]
    shared = not one_sided and bool(np.all(rest == rest[0]))
    fours = (rest[:4] if shared else rest).reshape(-1, 4, rest.shape[1]).transpose(0, 2, 1).ravel()
    fours = np.pad(fours, (0, max(0, 12 - fours.size)))
    return np.concatenate([biases, fours]), 0 if shared else 4 * rest.shape[1]


def general_kernel(node: Node) -> KernelCall:
    """`edgeq_fully_connected_s8` or `_s16`; weights with one scale carry one multiplier and shift."""
    (units, depth), dtype = node.input(1).shape, node.output.dtype
    r = output_requantization(node)
    per_unit = len(weight_scales(node)) > 1
    return KernelCall(
        f"edgeq_fully_connected_{KERNELS[dtype]}",
        {
            "rows": node.output.size // units,
            "depth": depth,
            "units": units,
            "scale_step": int(per_unit),
            **channel_parameters(node, 0, r if per_unit else r.channels(slice(1))),
        },
        source="" if dtype == "int8" else "fully_connected_s16",
    )
