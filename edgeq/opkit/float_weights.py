"""What float32 CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED share: types, checks and constants.

Their weights are float32, or int8 (hybrid): then the activations are quantized during inference.
"""

from __future__ import annotations

import numpy as np

from edgeq.opkit.bias import constant_bias
from edgeq.opkit.channel_requantization import symmetric_scales
from edgeq.opkit.dynamic import check_sums
from edgeq.opkit.floats import fused_bounds
from edgeq.opkit.kernel_call import Parameter
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported

FLOAT_TYPES = {
    ("float32", "float32", "float32"): ("float32",),
    ("float32", "float32"): ("float32",),
    ("float32", "int8", "float32"): ("float32",),
    ("float32", "int8"): ("float32",),
}


def is_hybrid(node: Node) -> bool:
    """Whether the weights are int8 and the activations float32."""
    return node.input(1).dtype == "int8"


def checked_float_shape(node: Node, shape: Shape, channels_axis: int) -> tuple[Shape, ...]:
    """The output's shape, once weights, bias, scales and activation are known to be computable.

    channels_axis: the axis of the weights that numbers the output channels. A file that says
    another shape is left to `bind`, which refuses it.
    """
    if node.output.shape == shape:
        fused_bounds(node)
        float_bias(node)
        weights = np.moveaxis(constant(node, 1), channels_axis, -1)
        if is_hybrid(node):
            weight_scales(node)
            check_sums(node, weights.reshape(-1, weights.shape[-1]))
        elif not np.all(np.isfinite(weights)):
            raise unsupported(node, "its weights have infinities or NaN", "train the model again")
    return (shape,)


def float_bias(node: Node) -> Values:
    """float32 [channels]; zeros where the layer has none. ModelError for another length."""
    bias = constant_bias(node)
    return np.zeros(node.output.shape[-1], np.float32) if bias is None else bias


def weight_scales(node: Node) -> Values:
    """float32, one entry or one for each output channel, of int8 weights."""
    return symmetric_scales(node).astype(np.float32)


def bounds_parameters(node: Node) -> dict[str, Parameter | None]:
    """The C fields of the fused activation."""
    low, high = fused_bounds(node)
    return {"activation_min": low, "activation_max": high}


def float_outputs(node: Node) -> dict[str, Parameter | None]:
    """The C fields of an `edgeq_outputs_f32` (sums_f32.h)."""
    return {**bounds_parameters(node), "bias": float_bias(node)}


def weight_sums(weights: Values, channels_axis: int) -> Values:
    """int32 [channels]: the sum of each channel's int8 weights."""
    channels = np.moveaxis(weights, channels_axis, 0).reshape(weights.shape[channels_axis], -1)
    return np.asarray(channels.sum(axis=1, dtype=np.int32))


def neuron_parameters(
    node: Node,
    weights: Values | None,
    symmetric: bool,
    scales_first: bool,
    bounds: tuple[float, float],
) -> dict[str, Parameter | None]:
    """The C fields `layer` of an `edgeq_hybrid_neurons` for a node of 4 output neurons or more,
    whose first axis of weights numbers them. weights: int8 in blocks of four neurons.

    A bias of -0 is 0: nothing that has a sum added can tell, but that lower bounds of 0 never see
    -0.
    """
    neurons, scales = node.input(1).shape[0], weight_scales(node)
    return {
        "layer.tap_groups": -(-node.input(1).size // (4 * neurons)),
        "layer.neurons": neurons,
        "layer.scale_step": int(len(scales) > 1),
        "layer.symmetric": int(symmetric),
        "layer.scales_first": int(scales_first),
        "layer.activation_min": bounds[0],
        "layer.activation_max": bounds[1],
        "layer.weights": weights,
        "layer.weight_sum": weight_sums(constant(node, 1), 0),
        "layer.weight_scale": scales,
        "layer.bias": float_bias(node) + np.float32(0),
    }


def written_last(node: Node, rows: int) -> int | None:
    """As `KernelCall.overlap`, of a kernel that quantizes one of `rows` rows of its input before it
    writes any output.
    """
    return -node.input(0).nbytes if rows == 1 else None
