"""Kernels of FULLY_CONNECTED on float32 activations, with float32 or int8 weights."""

from __future__ import annotations

from edgeq.opkit.float_connected import hybrid_bounds
from edgeq.opkit.float_weights import (
    float_bias,
    float_outputs,
    neuron_parameters,
    weight_scales,
    weight_sums,
    written_last,
)
from edgeq.opkit.kernel_call import nested
from edgeq.opkit.neuron_kernels import NEURON_BLOCKS
from edgeq.opkit.node import Values, constant
from edgeq.opkit.variants import AS_STORED, Fields, Kernel, Layer


def connected(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_fully_connected_f32_params`. weights: float32 as the file has them."""
    outputs = float_outputs(layer.node)
    return {**_sizes(layer), "weights": weights, **nested("outputs.channels", outputs)}


def hybrid(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_fully_connected_hybrid_params`. weights: int8 as the file has them."""
    node, scales, (low, high) = layer.node, weight_scales(layer.node), hybrid_bounds(layer.node)
    return {
        **_sizes(layer),
        "scale_step": int(len(scales) > 1),
        "activation_min": low,
        "activation_max": high,
        "symmetric": int(not node.attributes.asymmetric_quantize_inputs),
        "weights": weights,
        "weight_sum": weight_sums(constant(node, 1), layer.channel_axis),
        "weight_scale": scales,
        "bias": float_bias(node),
    }


def hybrid_scratch(layer: Layer) -> int:
    """Bytes for a quantized row."""
    return layer.taps


def hybrid_neurons(layer: Layer, weights: Values | None) -> Fields:
    """The C fields of `edgeq_fully_connected_hybrid_neurons_params`. weights: int8 in blocks of 4
    neurons.
    """
    node, symmetric = layer.node, not layer.node.attributes.asymmetric_quantize_inputs
    fields = neuron_parameters(node, weights, symmetric, True, hybrid_bounds(node))
    return {"rows": _rows(layer), "depth": layer.taps, **fields}


def hybrid_neurons_scratch(layer: Layer) -> int:
    """Bytes for a quantized row of whole groups of 4."""
    return -(-layer.taps // 4) * 4


def hybrid_overlap(layer: Layer) -> int | None:
    """As `KernelCall.overlap`: a row is quantized before its outputs are written."""
    return written_last(layer.node, _rows(layer))


def _rows(layer: Layer) -> int:
    return layer.node.output.size // layer.channels


def _sizes(layer: Layer) -> Fields:
    return {"rows": _rows(layer), "depth": layer.taps, "neurons": layer.channels}


CONNECTED = Kernel("fully_connected", "edgeq_fully_connected_f32", AS_STORED, connected)
HYBRID = Kernel(
    "fully_connected_hybrid",
    "edgeq_fully_connected_hybrid",
    AS_STORED,
    hybrid,
    hybrid_scratch,
    hybrid_overlap,
)
HYBRID_NEURONS = Kernel(
    "fully_connected_hybrid_neurons",
    "edgeq_fully_connected_hybrid_neurons",
    NEURON_BLOCKS,
    hybrid_neurons,
    hybrid_neurons_scratch,
    hybrid_overlap,
)
