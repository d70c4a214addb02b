"""What each TFLM kernel allocates on a 32-bit core: the one table of operators the prediction
knows.

Sizes are `sizeof` of TFLM 90b983c2's structs as arm-none-eabi-gcc 12.2 lays them out, without
USE_TFLM_COMPRESSION; where wider enumerations change them, `runtimes.py` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgeq.plan.tflm import cmsis_nn, esp_nn
from edgeq.plan.tflm.element_kernels import ELEMENTS
from edgeq.plan.tflm.kernel import Kernel, Refusal, Sizes
from edgeq.plan.tflm.move_kernels import MOVES
from edgeq.plan.tflm.node import Node
from edgeq.plan.tflm.signal_kernels import SIGNALS
from edgeq.plan.tflm.state_kernels import STATES
from edgeq.plan.tflm.weight_kernels import WEIGHTS, WEIGHTS_CMSIS_NN

INT32 = 4
SOFTMAX_TABLE = 513 * 2  # LUTSize<int16_t>() entries


def refuses_hybrid(node: Node) -> Refusal | None:
    """Float activations with integer weights, which no kernel of TFLM computes."""
    weights = node.tensor("i1")
    if (
        weights is None
        or weights.quantization is None
        or not node.inputs[0]
        or node.x.dtype != "float32"
    ):
        return None
    return Refusal(
        "TFLM computes no float activations with integer weights (dynamic range)",
        "convert with another --scheme, such as int8, or use --engine native",
    )


def _multipliers(axis: int) -> Sizes:
    """An output multiplier and a shift for each slice of the filter along `axis`."""
    return lambda node, simd: (node.filter.shape[axis] * INT32,) * 2


def integer_multipliers(axis: int) -> Sizes:
    """An output multiplier and a shift for each slice of the filter along `axis`, of integer inputs
    alone, as CMSIS-NN's Prepare allocates them.
    """
    return lambda node, simd: (
        (node.filter.shape[axis] * INT32,) * 2 if node.x.dtype != "float32" else ()
    )


def _dense_multipliers(node: Node, simd: str) -> tuple[int, ...]:
    quantization = node.filter.quantization
    if node.x.dtype == "float32" or quantization is None or not quantization.per_channel:
        return ()
    return (len(quantization.scale) * INT32,) * 2


def _softmax_tables(node: Node, simd: str) -> tuple[int, ...]:
    return (SOFTMAX_TABLE,) * 2 if node.x.dtype == "int16" else ()


def _unpacked_int4(node: Node, simd: str) -> tuple[int, ...]:
    return (node.filter.size,) if node.filter.dtype == "int4" else ()


def unpacked_int4_then(more: Sizes) -> Sizes:
    return lambda node, simd: (*_unpacked_int4(node, simd), *more(node, simd))


def _sum_buffers(node: Node, simd: str) -> tuple[int, ...]:
    sums = (node.y.size * INT32,) if node.x.dtype in ("int8", "int16") else ()
    return (*sums, *_axis_buffers(node, simd))


def _axis_buffers(node: Node, simd: str) -> tuple[int, ...]:
    return len(node.x.shape) * INT32, node.filter.size * INT32


CONV = Kernel(
    28,
    state=56,
    temporaries="o0 i0 i1 i0 i1 i2 o0",
    persistent=_multipliers(0),
    scratch=_unpacked_int4,
)
DEPTHWISE = replace(CONV, persistent=_multipliers(3))
POOL = Kernel(40, state=32)
DENSE = Kernel(5, 1, 48, "i0 i1 i2 o0", _dense_multipliers, _unpacked_int4)
SOFTMAX = Kernel(4, state=56, persistent=_softmax_tables)

SUM = Kernel(1, 1, 44, "i0 o0 i1 i0 o0@int8 i1", scratch=_sum_buffers)
EXTREME = Kernel(1, 1, 44, "i0 i1 o0@int8 i0 o0 i1", scratch=_axis_buffers)

REDUCTIONS: Mapping[str, Kernel] = {
    "SUM": SUM,
    "REDUCE_MAX": EXTREME,
    "REDUCE_MIN": EXTREME,
    "REDUCE_ALL": replace(SUM, scratch=_axis_buffers),
}

FIRST: Mapping[str, Kernel] = {
    "CONV_2D": CONV,
    "DEPTHWISE_CONV_2D": DEPTHWISE,
    "FULLY_CONNECTED": DENSE,
    "ADD": Kernel(2, 1, 60, "i0 i1 o0"),
    "SUB": Kernel(2, 1, 52, "i0 i1 o0"),
    "MUL": Kernel(1, 1, 36, "i0 i1 o0"),
    "AVERAGE_POOL_2D": POOL,
    "MAX_POOL_2D": POOL,
    "MEAN": SUM,
    "SOFTMAX": SOFTMAX,
    "LOGISTIC": Kernel(state=16),
    "TANH": Kernel(state=16, temporaries="i0 i0 o0"),
    "RELU": Kernel(state=28),
    "RELU6": Kernel(state=8, temporaries="i0"),
    "LEAKY_RELU": Kernel(4, state=24),
    "HARD_SWISH": Kernel(state=20),
    "RESHAPE": Kernel(36),
    "SQUEEZE": Kernel(36),
    "EXPAND_DIMS": Kernel(temporaries="i0 i1 o0"),
    "PAD": Kernel(state=56, temporaries="i0 i1 o0"),
    "CONCATENATION": Kernel(8, state=24, temporaries="i0 o0 i*"),
    "QUANTIZE": Kernel(state=32),
    "DEQUANTIZE": Kernel(state=32),
    "TRANSPOSE": Kernel(temporaries="i0 i1 o0"),
    "STRIDED_SLICE": Kernel(24, state=84, temporaries="i0 i1 i2 i3 o0"),
}

REFERENCE: Mapping[str, Kernel] = {
    **FIRST,
    **ELEMENTS,
    **MOVES,
    **REDUCTIONS,
    **WEIGHTS,
    **SIGNALS,
    **STATES,
}

CMSIS_NN: Mapping[str, Kernel] = {
    **REFERENCE,
    **WEIGHTS_CMSIS_NN,
    "CONV_2D": replace(CONV, state=60, persistent=integer_multipliers(0), scratch=cmsis_nn.conv),
    "DEPTHWISE_CONV_2D": replace(
        DEPTHWISE, state=60, persistent=integer_multipliers(3), scratch=cmsis_nn.depthwise
    ),
    "FULLY_CONNECTED": replace(DENSE, state=72, scratch=cmsis_nn.fully_connected),
    "AVERAGE_POOL_2D": replace(
        POOL, state=36, temporaries="i0 o0 i0 o0", scratch=cmsis_nn.average_pool
    ),
    "MAX_POOL_2D": replace(POOL, state=36),
    "SOFTMAX": replace(SOFTMAX, state=64),
}

ESP_NN: Mapping[str, Kernel] = {
    **REFERENCE,
    "CONV_2D": replace(CONV, state=60, scratch=unpacked_int4_then(esp_nn.conv)),
    "DEPTHWISE_CONV_2D": replace(DEPTHWISE, state=60, scratch=unpacked_int4_then(esp_nn.depthwise)),
    "SOFTMAX": replace(SOFTMAX, state=64, scratch=esp_nn.softmax),
}
