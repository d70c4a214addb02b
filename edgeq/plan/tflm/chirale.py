"""TFLM in Chirale_TensorFLowLite 2.0.0, the Arduino library: of early 2023, with the CMSIS-NN of
that time.

Sizes and scratch from its sources (spaziochirale/Chirale_TensorFlowLite 46da2f98), which take
CMSIS-NN's portable C on cores without DSP instructions, such as the ESP32's; no Arduino core has
Helium. `simd` as in `cmsis_nn.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgeq.plan.tflm.kernel import Kernel, Refusal
from edgeq.plan.tflm.kernels import (
    CMSIS_NN,
    FIRST,
    integer_multipliers,
    unpacked_int4_then,
)
from edgeq.plan.tflm.node import Node, window_of

INT16, INT32 = 2, 4
FAST_INT16_COLUMNS = 512


def _conv(node: Node, simd: str) -> tuple[int, ...]:
    window = window_of(node)
    columns = window.kernel[0] * window.kernel[1] * window.depth
    undilated = window.dilation == (1, 1)
    if node.x.dtype == "int16":
        return (
            (2 * columns * INT16,)
            if simd == "dsp" and undilated and columns < FAST_INT16_COLUMNS
            else ()
        )
    pointwise = window.kernel == (1, 1) and window.padding == (0, 0) and window.stride == (1, 1)
    return () if node.x.dtype != "int8" or (pointwise and undilated) else (2 * columns * INT16,)


def _depthwise(node: Node, simd: str) -> tuple[int, ...]:
    window = window_of(node)
    plain = (
        window.depth == window.output_depth and node.x.shape[0] == 1 and window.dilation == (1, 1)
    )
    if node.x.dtype != "int8" or simd != "dsp" or not plain:
        return ()
    return (window.depth * window.kernel[0] * window.kernel[1] * INT16,)


def _dense(node: Node, simd: str) -> tuple[int, ...]:
    """Multipliers for the 1x1 convolution that stands in for outputs of rank 3 and more."""
    as_conv = len(node.y.shape) > 2 and node.filter.shape[-1] % 4 == 0
    return (node.y.shape[-1] * INT32,) * 2 if node.x.dtype == "int8" and as_conv else ()


def _average_pool(node: Node, simd: str) -> tuple[int, ...]:
    return (node.x.shape[3] * INT32,) if node.x.dtype == "int8" and simd == "dsp" else ()


def _mean(node: Node, simd: str) -> tuple[int, ...]:
    return (node.y.size * INT32,) if node.x.dtype in ("int8", "int16") else ()


def _concatenation(node: Node, simd: str) -> tuple[int, ...]:
    """The scale and the zero point of every input."""
    return (len(node.inputs) * INT32,) * 2 if node.x.dtype == "int8" else ()


def _without_bias(node: Node) -> Refusal | None:
    if node.tensor("i2") is not None:
        return None
    return Refusal(
        "Chirale_TensorFLowLite 2.0.0 cannot prepare a convolution without a bias",
        "build the layer with use_bias=True, or use --engine native",
    )


def _per_channel(node: Node) -> Refusal | None:
    by = node.filter.quantization
    if by is None or not by.per_channel:
        return None
    return Refusal(
        "Chirale_TensorFLowLite 2.0.0 takes the first channel's scale for all and computes other numbers",
        "`edgeq convert` the model with --for tflm-arduino, or use --engine native",
    )


CHIRALE: Mapping[str, Kernel] = {
    **{kind: CMSIS_NN[kind] for kind in FIRST},
    "CONV_2D": replace(
        CMSIS_NN["CONV_2D"],
        options=24,
        persistent=integer_multipliers(0),
        scratch=unpacked_int4_then(_conv),
        refuses=_without_bias,
    ),
    "DEPTHWISE_CONV_2D": replace(
        CMSIS_NN["DEPTHWISE_CONV_2D"], scratch=unpacked_int4_then(_depthwise)
    ),
    "FULLY_CONNECTED": replace(
        CMSIS_NN["FULLY_CONNECTED"],
        options=4,
        state=60,
        persistent=_dense,
        scratch=unpacked_int4_then(lambda node, simd: ()),
        refuses=_per_channel,
    ),
    "AVERAGE_POOL_2D": replace(CMSIS_NN["AVERAGE_POOL_2D"], scratch=_average_pool),
    "MEAN": replace(CMSIS_NN["MEAN"], state=40, scratch=_mean),
    "RELU6": replace(CMSIS_NN["RELU6"], state=2),
    "CONCATENATION": replace(
        CMSIS_NN["CONCATENATION"], temporaries="i0 o0 i* o0 i*@int8", persistent=_concatenation
    ),
    "STRIDED_SLICE": replace(CMSIS_NN["STRIDED_SLICE"], options=20),
}
