"""Direct kernels of CONV_2D and DEPTHWISE_CONV_2D: one output after the other, in the reference's
arithmetic.
"""

from __future__ import annotations

from edgeq.opkit.channel_requantization import output_requantization
from edgeq.opkit.kernel_call import nested
from edgeq.opkit.node import Values
from edgeq.opkit.output_parameters import output_parameters
from edgeq.opkit.packed import ONE_ROW, decoded_first, filter_by_filter
from edgeq.opkit.variants import AS_STORED, Fields, Kernel, Layer
from edgeq.opkit.window_parameters import filter_parameters, sliding_parameters


def convolution(layer: Layer, weights: Values | None) -> Fields:
    """The fields of `edgeq_conv_2d_s8_params` or its int16 form. weights: as stored in the file."""
    node, r = layer.node, output_requantization(layer.node)
    return {
        **sliding_parameters(node, *layer.windows),
        **filter_parameters(node),
        "weights": weights,
        **nested("outputs", output_parameters(node, layer.channel_axis, r)),
    }


def depthwise(layer: Layer, weights: Values | None) -> Fields:
    """The fields of `edgeq_depthwise_conv_2d_s8_params` or its int16 form. weights: as stored in
    the file.
    """
    node, r = layer.node, output_requantization(layer.node)
    return {
        **sliding_parameters(node, *layer.windows),
        "depth_multiplier": layer.channels // node.input(0).shape[3],
        "weights": weights,
        **nested("outputs", output_parameters(node, layer.channel_axis, r)),
    }


CONVOLUTION = Kernel("conv_2d", "edgeq_conv_2d_s8", AS_STORED, convolution)
CONVOLUTION_INT16 = Kernel("conv_2d", "edgeq_conv_2d_s16", AS_STORED, convolution)
CONVOLUTION_NARROW = Kernel("conv_2d", "edgeq_conv_2d_s16_s32", AS_STORED, convolution)
PACKED_CONVOLUTION = filter_by_filter(CONVOLUTION, "conv_2d_packed", "edgeq_conv_2d_packed_s8")
PACKED_CONVOLUTION_INT16 = filter_by_filter(
    CONVOLUTION_INT16, "conv_2d_packed", "edgeq_conv_2d_packed_s16"
)

DEPTHWISE = Kernel("depthwise_conv_2d", "edgeq_depthwise_conv_2d_s8", AS_STORED, depthwise)
DEPTHWISE_INT16 = Kernel("depthwise_conv_2d", "edgeq_depthwise_conv_2d_s16", AS_STORED, depthwise)
PACKED_DEPTHWISE = decoded_first(
    DEPTHWISE, ONE_ROW, "depthwise_conv_2d_packed", "edgeq_depthwise_conv_2d_packed_s8"
)
PACKED_DEPTHWISE_INT16 = decoded_first(
    DEPTHWISE_INT16, ONE_ROW, "depthwise_conv_2d_packed", "edgeq_depthwise_conv_2d_packed_s16"
)
