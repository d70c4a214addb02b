"""Kernels of CONV_2D and DEPTHWISE_CONV_2D on float32 activations, with float32 or int8 weights."""

from __future__ import annotations

import numpy as np

from edgeq.opkit.float_convolution import one_scale
from edgeq.opkit.float_weights import (
    bounds_parameters,
    float_bias,
    float_outputs,
    neuron_parameters,
    weight_scales,
    weight_sums,
    written_last,
)
from edgeq.opkit.floats import fused_bounds
from edgeq.opkit.kernel_call import nested
from edgeq.opkit.neuron_kernels import NEURON_BLOCKS
from edgeq.opkit.node import Values, constant
from edgeq.opkit.variants import AS_STORED, Fields, Kernel, Layer
from edgeq.opkit.window_parameters import filter_parameters, geometry_parameters, sliding_parameters


def convolution(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_conv_2d_f32_params`. weights: float32 as the file has them."""
    return {
        **sliding_parameters(layer.node, *layer.windows),
        **filter_parameters(layer.node),
        "weights": weights,
        **nested("outputs", float_outputs(layer.node)),
    }


def hybrid_convolution(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_conv_2d_hybrid_params`. weights: int8 as the file has them."""
    node = layer.node
    return {
        **geometry_parameters(node, *layer.windows),
        **filter_parameters(node),
        **bounds_parameters(node),
        "symmetric": int(one_scale(node)),
        "weights": weights,
        "weight_sum": weight_sums(constant(node, 1), layer.channel_axis),
        "weight_scale": weight_scales(node),
        "bias": float_bias(node),
    }


def hybrid_neurons(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_conv_2d_hybrid_neurons_params`. weights: int8 in blocks of 4 filters."""
    node, symmetric = layer.node, one_scale(layer.node)
    return {
        **geometry_parameters(node, *layer.windows),
        "image_bytes": _image_bytes(layer),
        "direct": int(_reads_pixels(layer)),
        **neuron_parameters(node, weights, symmetric, symmetric, fused_bounds(node)),
    }


def hybrid_neurons_scratch(layer: Layer) -> int:
    """Bytes for a quantized image, and for a window where that is no pixel of it."""
    return _image_bytes(layer) + (0 if _reads_pixels(layer) else -(-layer.taps // 4) * 4)


def depthwise(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_depthwise_conv_2d_f32_params`. weights: float32 as the file has them."""
    return {
        **sliding_parameters(layer.node, *layer.windows),
        "depth_multiplier": _depth_multiplier(layer),
        "weights": weights,
        **nested("outputs", float_outputs(layer.node)),
    }


def hybrid_depthwise(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_depthwise_conv_2d_hybrid_params`. weights: int8 as the file has them."""
    return {
        **geometry_parameters(layer.node, *layer.windows),
        "depth_multiplier": _depth_multiplier(layer),
        **bounds_parameters(layer.node),
        "weights": weights,
        "weight_scale": weight_scales(layer.node),
        "bias": float_bias(layer.node),
    }


def hybrid_scratch(layer: Layer) -> int:
    """Bytes for a quantized image."""
    x = layer.node.input(0)
    return x.size // max(x.shape[0], 1)


def hybrid_overlap(layer: Layer) -> int | None:
    """How many bytes below the input the output must start to take its place
    (`KernelCall.overlap`), where each image is quantized before its outputs are written; None:
    apart.
    """
    return written_last(layer.node, layer.node.input(0).shape[0])


def _depth_multiplier(layer: Layer) -> int:
    return layer.channels // layer.node.input(0).shape[3]


def _image_bytes(layer: Layer) -> int:
    return -(-int(np.prod(layer.node.input(0).shape[1:])) // 4) * 4


def _reads_pixels(layer: Layer) -> bool:
    """Whether each window is one pixel of whole groups of 4 channels, so that it needs no copy."""
    rows, columns = layer.windows
    return rows.size == columns.size == 1 and layer.taps % 4 == 0


CONVOLUTION = Kernel("conv_2d", "edgeq_conv_2d_f32", AS_STORED, convolution)
HYBRID_CONVOLUTION = Kernel(
    "conv_2d_hybrid",
    "edgeq_conv_2d_hybrid",
    AS_STORED,
    hybrid_convolution,
    hybrid_scratch,
    hybrid_overlap,
)
HYBRID_NEURONS = Kernel(
    "conv_2d_hybrid_neurons",
    "edgeq_conv_2d_hybrid_neurons",
    NEURON_BLOCKS,
    hybrid_neurons,
    hybrid_neurons_scratch,
    hybrid_overlap,
)
DEPTHWISE = Kernel("depthwise_conv_2d", "edgeq_depthwise_conv_2d_f32", AS_STORED, depthwise)
HYBRID_DEPTHWISE = Kernel(
    "depthwise_conv_2d_hybrid",
    "edgeq_depthwise_conv_2d_hybrid",
    AS_STORED,
    hybrid_depthwise,
    hybrid_scratch,
    hybrid_overlap,
)
