"""FULLY_CONNECTED: y[u] = requantize(bias[u] + sum (x - x_zero_point) * w[u]) (TFLite
integer_ops/fully_connected.h).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from edgeq.opkit import cmsis_nn, esp_nn, neuron_kernels
from edgeq.opkit import float_connected_kernels as float_kernels
from edgeq.opkit.bias import channel_bias
from edgeq.opkit.channel_requantization import requantization, weight_scales
from edgeq.opkit.channels import Channels, connected
from edgeq.opkit.contract import WeightRole
from edgeq.opkit.convolution import (
    CONVOLUTION_TYPES,
    NARROW_TYPES,
    check_sum_width,
    checked_shape,
    input_magnitude,
    narrow_sums,
)
from edgeq.opkit.dot_products import Dot, prepare_dot
from edgeq.opkit.epilogue import layer_epilogue
from edgeq.opkit.float_connected import simulate_connected
from edgeq.opkit.float_weights import FLOAT_TYPES, checked_float_shape
from edgeq.opkit.kernel_call import KernelCall, nested
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.output_parameters import output_parameters
from edgeq.opkit.packed import FILTER_ROWS, filter_bytes, packed_fields
from edgeq.opkit.requantize import Requantization, WideRequantization
from edgeq.opkit.variants import (
    AS_STORED,
    NARROW,
    Fields,
    Kernel,
    Kernels,
    Layer,
    Variant,
    kernel_call,
    packed_forms,
    stored,
)
from edgeq.opkit.weight_storage import storage


@dataclass(frozen=True)
class Attributes:
    fused_activation_function: str = "NONE"
    weights_format: str = "DEFAULT"
    keep_num_dims: bool = False
    quantized_bias_type: str = "FLOAT32"
    asymmetric_quantize_inputs: bool = False


TYPES = {**CONVOLUTION_TYPES, **NARROW_TYPES, **FLOAT_TYPES}
OPTIONS = "FullyConnectedOptions"
NEWEST_VERSION = 14
WEIGHTS = WeightRole(axis=0, rank=2)
VERSIONS = {("int8", "int8"): 4, ("int8", "int4"): 10, ("float32", "int8"): 9}
SCALES_VERSION = 12


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [..., depth], weights [neurons, depth] -> [rows, neurons], or [..., neurons] with
    `keep_num_dims`.
    """
    a, x, w = node.attributes, node.input(0), node.input(1).shape
    if a.weights_format != "DEFAULT":
        raise unsupported(node, f"its weights have the format {a.weights_format}, known is DEFAULT")
    if len(w) != 2 or w[1] == 0 or x.size % w[1]:
        raise unsupported(node, f"weights {list(w)} do not fit an input {list(x.shape)}")
    if a.keep_num_dims and x.shape[-1:] != w[1:]:
        raise unsupported(
            node, f"it keeps dimensions, and the last of the input {list(x.shape)} is not {w[1]}"
        )
    check_sum_width(node)
    leading = x.shape[:-1] if a.keep_num_dims else (x.size // w[1],)
    if node.output.dtype == "float32":
        return checked_float_shape(node, (*leading, w[0]), 0)
    return checked_shape(node, (*leading, w[0]), output_requantization)


@lru_cache(maxsize=256)
def output_requantization(node: Node) -> Requantization | WideRequantization:
    """Requantization from accumulator to output, per neuron or per tensor: x_scale * w_scale /
    y_scale in float64.

    Source: TFLM's kernel_util.cc, GetQuantizedConvolutionMultipler. tflite-runtime 2.14 first
        rounds the product of two per-tensor scales to float32, which changes one output in a
        million.
    """
    x, y, scales = node.input(0), node.output, weight_scales(node)
    if len(scales) == 1:
        _check_bias_scale(node, float(scales[0]))
    return requantization(node, np.float64(x.scale) * scales / np.float64(y.scale))


def _check_bias_scale(node: Node, scale: float) -> None:
    """Raises UnsupportedError for a bias whose scale is not input scale times weight scale, within
    the tolerance of TFLM's GetQuantizedConvolutionMultipler.
    """
    bias = node.optional(2)
    if bias is None or bias.quantization is None:
        return
    difference = abs(node.input(0).scale * scale - bias.quantization.scale[0])
    if difference / node.output.scale > 0.02:
        raise unsupported(
            node, f"its bias has scale {bias.quantization.scale[0]:g}, not that of input x weights"
        )


@lru_cache(maxsize=256)
def _dot(node: Node) -> Dot:
    matrix = constant(node, 1).T
    zero_point, magnitude = node.input(0).zero_point, input_magnitude(node)
    return prepare_dot(
        matrix, channel_bias(node), zero_point, magnitude, output_requantization(node)
    )


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ..., depth] -> [samples, *output shape] of the output's type.

    Sums are computed in floating point, exact because they are below the bound of `Dot`.
    """
    x = values[0]
    assert x is not None
    if x.dtype == np.float32:
        return simulate_connected(node, x)
    dot = _dot(node)
    rows = x.reshape(-1, dot.weights.shape[0]).astype(dot.compute_dtype)
    return dot(rows).reshape(x.shape[0], *node.output.shape)


def im2col_matrix(node: Node, x: Values) -> Values:
    """The inputs of real x [samples, ..., depth] as rows, one group: [1, rows, depth]."""
    return x.reshape(1, -1, node.input(1).shape[1])


def channels(node: Node) -> Channels | None:
    """Neurons, and channels of the input."""
    return connected(node)


def macs(node: Node) -> int:
    """Multiply-accumulates: outputs times depth."""
    return node.output.size * node.input(1).shape[1]


@lru_cache(maxsize=256)
def _epilogue(node: Node) -> Fields:
    """The proved requantization epilogue of int8 accumulators; empty if none is proved, for a depth
    that 4 does not divide, and for fewer than four neurons.
    """
    neurons, depth = node.input(1).shape
    if node.output.dtype != "int8" or depth % 4 or neurons < 4:
        return {}
    return layer_epilogue(node, WEIGHTS.axis, output_requantization(node))


def _direct(layer: Layer, weights: Values | None) -> Fields:
    """The fields of `edgeq_fully_connected_s8_params` or its int16 form; per-tensor weights have
    one multiplier and shift. weights: as stored in the file.
    """
    node, r = layer.node, output_requantization(layer.node)
    per_neuron = len(weight_scales(node)) > 1
    scales = r if per_neuron else r.channels(slice(1))
    return {
        "rows": node.output.size // layer.channels,
        "depth": layer.taps,
        "neurons": layer.channels,
        "weights": weights,
        "outputs.scale_step": int(per_neuron),
        **nested("outputs.channels", output_parameters(node, layer.channel_axis, scales)),
    }


def _packed_direct(layer: Layer, rows: Values | None) -> Fields:
    """The fields of `edgeq_fully_connected_packed_s8_params` or its int16 form."""
    fields = _direct(layer, None)
    del fields["weights"]
    return fields | packed_fields(layer, rows, layer.channels)


def _of(algorithm: str, activations: str = "int8", weights: str = "int8") -> Variant:
    return Variant("FULLY_CONNECTED", algorithm, activations, weights)


_PACKED = Kernel(
    "fully_connected_packed",
    "edgeq_fully_connected_packed_s8",
    FILTER_ROWS,
    _packed_direct,
    filter_bytes,
)

KERNELS: Kernels = {
    _of("direct"): Kernel("fully_connected", "edgeq_fully_connected_s8", AS_STORED, _direct),
    **packed_forms(_of("direct"), _PACKED),
    _of("direct", "int16"): Kernel(
        "fully_connected", "edgeq_fully_connected_s16", AS_STORED, _direct
    ),
    **packed_forms(
        _of("direct", "int16"),
        replace(
            _PACKED,
            function="edgeq_fully_connected_packed_s16",
        ),
    ),
    _of(NARROW, "int16"): Kernel(
        "fully_connected", "edgeq_fully_connected_s16_s32", AS_STORED, _direct
    ),
    _of("neurons"): neuron_kernels.WHOLE,
    **packed_forms(_of("neurons"), neuron_kernels.PACKED),
    _of("direct", "float32", "float32"): float_kernels.CONNECTED,
    _of("direct", "float32", "int8"): float_kernels.HYBRID,
    _of("neurons", "float32", "int8"): float_kernels.HYBRID_NEURONS,
}


def variant(node: Node) -> Variant:
    """The kernel variant: four neurons at a time if `_epilogue` proves one, or for float
    activations with int8 weights of at least four neurons; else one neuron at a time.
    """
    x, weights = node.input(0).dtype, node.input(1).dtype
    if x == "float32":
        together = weights == "int8" and node.input(1).shape[0] >= 4
        return _of("neurons" if together else "direct", x, weights)
    direct = NARROW if narrow_sums(node) else "direct"
    plain = _of("neurons" if _epilogue(node) else direct, x)
    return stored(KERNELS, plain, storage(node, WEIGHTS.axis))


def kernel(node: Node) -> KernelCall:
    """The call of the variant's kernel."""
    epilogue = _epilogue(node)
    r = output_requantization(node) if epilogue else None
    narrow = r if isinstance(r, Requantization) else None
    layer = Layer(node, WEIGHTS.axis, epilogue=epilogue, requantization=narrow)
    return kernel_call(KERNELS, variant(node), layer)


def _esp_nn(node: Node) -> KernelCall | None:
    return esp_nn.connected(Layer(node, WEIGHTS.axis), output_requantization(node))


def _cmsis_nn(node: Node) -> KernelCall | None:
    return cmsis_nn.connected(Layer(node, WEIGHTS.axis), output_requantization(node))


LIBRARY_CALLS = {"esp-nn": _esp_nn, "cmsis-nn": _cmsis_nn}
