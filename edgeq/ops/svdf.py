"""SVDF: a layer whose weights are products of weights of the inputs and weights of time (TFLM
svdf_common.cc).

A unit sums `rank` filters. Each gives one number of the inputs, which a variable keeps beside those
of the steps before, and weighs the latest of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edgeq.fixedpoint import (
    LIMITS,
    REAL_RANGES,
    Multiplier,
    multiply_by_quantized_multiplier,
    quantize_multiplier,
    saturate,
    wrap_int32,
)
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.float_unary import is_float
from edgeq.opkit.floats import fused_bounds
from edgeq.opkit.kernel_call import KernelCall, Parameter
from edgeq.opkit.legal import ONE_BY_ONE
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported


@dataclass(frozen=True)
class Attributes:
    rank: int
    fused_activation_function: str = "NONE"  # of float32; TFLM's integer kernels ignore it


OPTIONS = "SVDFOptions"
_F32 = "float32"
TYPES = {
    ("int8", "int8", "int16", "int32", "int16"): ("int8", "int16"),
    ("int8", "int8", "int8", "int32", "int8"): ("int8", "int8"),
    (_F32, _F32, _F32, _F32, _F32): (_F32, _F32),
    (_F32, _F32, _F32, _F32): (_F32, _F32),
}
NEWEST_VERSION = 4
VERSIONS = {("int8",): 3}
STATE = (4,)
_ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
_LARGEST_FACTOR = 2.0**30


@dataclass(frozen=True)
class _Sizes:
    batches: int
    inputs: int
    units: int
    rank: int
    memory: int

    @property
    def filters(self) -> int:
        return self.units * self.rank


def _sizes(node: Node) -> _Sizes:
    rank = node.attributes.rank
    batches, inputs = node.input(0).shape
    filters, memory = node.input(2).shape
    return _Sizes(batches, inputs, filters // rank, rank, memory)


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [batches, inputs] -> [batches, units], and the variable [batches, memory * filters].

    Raises UnsupportedError for weights or a bias that do not fit, or are computed.
    """
    if any(len(node.input(i).shape) != 2 for i in (0, 1, 2, 4)):
        raise unsupported(node, "its input, weights and variable must have two dimensions")
    filters, rank = node.input(1).shape[0], node.attributes.rank
    if rank < 1 or filters % rank:
        raise unsupported(node, f"its {filters} filters cannot be shared out by rank {rank}")
    s, bias = _sizes(node), node.optional(3)
    if node.input(1).shape != (s.filters, s.inputs):
        raise unsupported(node, f"its weights of inputs have shape {list(node.input(1).shape)}")
    if bias is not None and bias.shape != (s.units,):
        raise unsupported(node, f"its bias has shape {list(bias.shape)}, not [{s.units}]")
    for position in (1, 2, *((3,) if bias is not None else ())):
        constant(node, position)
    if is_float(node):
        _check_activation(node)
    else:
        _check_scales(node)
    return ((s.batches, s.units), (s.batches, s.memory * s.filters))


def _check_activation(node: Node) -> None:
    activation = node.attributes.fused_activation_function
    if activation not in _ACTIVATIONS:
        raise unsupported(node, f"float32 with the fused activation {activation}")


def _check_scales(node: Node) -> None:
    """As TFLM's `PrepareSvdf`: the bias has the scale of the sums that it is added to."""
    x, feature, time, bias, state = (node.input(i) for i in range(5))
    check_quantized(node, x, feature, time, state, node.output)
    given = bias.quantization.scale[0] if bias.quantization is not None else 0.0
    if abs(given - float(np.float32(state.scale) * np.float32(time.scale))) >= 1e-5:
        raise unsupported(node, f"its bias has scale {given:g}, not that of variable x weights")
    if max(_factors(node)) >= _LARGEST_FACTOR:
        raise unsupported(node, f"its scales multiply sums by {max(_factors(node)):g}")


def _factors(node: Node) -> tuple[float, float]:
    """The real factors by which two sums are requantized, that over the inputs to the state and
    that over the memory to the output, in float64 as TFLM computes them; TFLite rounds each product
    and quotient of scales to float32.
    """
    x, feature, time, _, state = (node.inputs[i] for i in range(5))
    assert x is not None
    assert feature is not None
    assert time is not None
    assert state is not None
    return x.scale * feature.scale / state.scale, state.scale * time.scale / node.output.scale


def _multipliers(node: Node) -> tuple[Multiplier, Multiplier]:
    first, second = _factors(node)
    return quantize_multiplier(first), quantize_multiplier(second)


def work(node: Node) -> int:
    """What simulating it takes, in multiply-accumulates of matrix products."""
    s = _sizes(node)
    return s.batches * s.filters * (s.inputs + s.memory) * ONE_BY_ONE


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values]:
    """x [1, batches, inputs] and the variable -> the outputs [1, batches, units] and the variable's
    new value.
    """
    x, held = values[0], values[4]
    assert x is not None
    assert held is not None
    s = _sizes(node)
    state = held.reshape(s.batches, s.filters, s.memory)
    newest = _real_feature(node, x[0]) if is_float(node) else _integer_feature(node, x[0])
    state = np.concatenate([state[:, :, 1:], newest[:, :, None].astype(state.dtype)], axis=2)
    y = _real_outputs(node, s, state) if is_float(node) else _integer_outputs(node, s, state)
    return y[None], state.reshape(held.shape)


def _integer_feature(node: Node, x: Values) -> Values:
    """x [batches, inputs] -> [batches, filters] as the state holds it."""
    (multiplier, shift), _ = _multipliers(node)
    weights = constant(node, 1).astype(np.int64)
    total = (x.astype(np.int64) - node.input(0).zero_point) @ weights.T
    scaled = multiply_by_quantized_multiplier(wrap_int32(total), multiplier, shift)
    return saturate(scaled, node.input(4).dtype).astype(np.int64) + node.input(4).zero_point


def _integer_outputs(node: Node, s: _Sizes, state: Values) -> Values:
    """state [batches, filters, memory] -> int8 [batches, units]."""
    _, (multiplier, shift) = _multipliers(node)
    steps = state.astype(np.int64) - node.input(4).zero_point
    filters = (steps * constant(node, 2).astype(np.int64)).sum(axis=2)
    total = filters.reshape(s.batches, s.units, s.rank).sum(axis=2) + constant(node, 3)
    scaled = multiply_by_quantized_multiplier(wrap_int32(total), multiplier, shift)
    return np.clip(scaled + node.output.zero_point, *LIMITS["int8"]).astype(np.int8)


def _real_feature(node: Node, x: Values) -> Values:
    """x [batches, inputs] -> [batches, filters], each sum in the order of its inputs."""
    return _in_order(x[:, None, :], constant(node, 1)[None])


def _real_outputs(node: Node, s: _Sizes, state: Values) -> Values:
    """state [batches, filters, memory] -> float32 [batches, units]."""
    filters = _in_order(state, constant(node, 2)[None]).reshape(s.batches, s.units, s.rank)
    y = np.broadcast_to(_real_bias(node, s), (s.batches, s.units)).copy()
    with np.errstate(over="ignore", invalid="ignore"):
        for r in range(s.rank):
            y += filters[:, :, r]
    low, high = _real_bounds(node)
    capped = y if high == np.inf else np.fmin(y, np.float32(high))
    return np.fmax(capped, np.float32(low)) if _bounded(node) else y


def _real_bounds(node: Node) -> tuple[float, float]:
    """Bounds of the fused activation, infinite where it has none."""
    fused_bounds(node)  # refuses what has no bounds
    return REAL_RANGES[node.attributes.fused_activation_function]


def _bounded(node: Node) -> bool:
    """Whether results are bounded at all, which makes a bound of NaN (`ActivationValFloat` of TFLM's
    activation_utils.h, by fmin and fmax).
    """
    return bool(node.attributes.fused_activation_function != "NONE")


def _real_bias(node: Node, s: _Sizes) -> Values:
    return np.zeros(s.units, np.float32) if node.optional(3) is None else constant(node, 3)


def _in_order(a: Values, b: Values) -> Values:
    """The products of the last axes summed, each product and each sum rounded, from 0 on."""
    shape = np.broadcast_shapes(a.shape, b.shape)
    total = np.zeros(shape[:-1], np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(shape[-1]):
            total += a[..., k] * b[..., k]
    return total


def kernel(node: Node) -> KernelCall:
    """`edgeq_svdf_s8` or `edgeq_svdf_s16`, by the type of the variable, or `edgeq_svdf_f32`."""
    s = _sizes(node)
    parameters: dict[str, Parameter | None] = {
        "batches": s.batches,
        "inputs": s.inputs,
        "units": s.units,
        "rank": s.rank,
        "memory": s.memory,
        "feature": constant(node, 1),
        "time": constant(node, 2),
    }
    if is_float(node):
        low, high = _real_bounds(node)
        parameters |= {"bias": _real_bias(node, s), "low": low, "high": high}
        parameters["bounded"] = int(_bounded(node))
        return KernelCall("edgeq_svdf_f32", parameters, source="svdf_f32")
    (feature_multiplier, feature_shift), (multiplier, shift) = _multipliers(node)
    parameters |= {
        "bias": constant(node, 3),
        "input_zero_point": node.input(0).zero_point,
        "feature_multiplier": feature_multiplier,
        "feature_shift": feature_shift,
        "state_zero_point": node.input(4).zero_point,
        "multiplier": multiplier,
        "shift": shift,
        "output_zero_point": node.output.zero_point,
    }
    suffix = "s16" if node.input(4).dtype == "int16" else "s8"
    return KernelCall(f"edgeq_svdf_{suffix}", parameters, source="svdf")
