"""What TFLM's kernels of products, and of detectors, allocate (see `kernels.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from edgeq.graph import Tensor
from edgeq.plan.tflm import cmsis_nn
from edgeq.plan.tflm.kernel import Kernel
from edgeq.plan.tflm.move_kernels import dims_bytes
from edgeq.plan.tflm.node import Node

INT16, INT32, INT64 = 2, 4, 8
EVAL_TENSOR = 12
PRODUCT_QUANTIZATION = 28
BOX = 4 * 4  # corners, float32


def _transposed(tensor: Tensor) -> tuple[int, ...]:
    return EVAL_TENSOR, dims_bytes(len(tensor.shape)), tensor.nbytes


def _batch_matmul(node: Node, simd: str) -> tuple[int, ...]:
    """Quantization, then copies of what is transposed, and the output's shape."""
    return (*_product_quantization(node), *_matmul_copies(node))


def _batch_matmul_cmsis(node: Node, simd: str) -> tuple[int, ...]:
    return (*_matmul_copies(node), *_product_quantization(node))


def _product_quantization(node: Node) -> tuple[int, ...]:
    return (PRODUCT_QUANTIZATION,) if node.x.dtype != "float32" else ()


def _matmul_copies(node: Node) -> tuple[int, ...]:
    left = _transposed(node.x) if node.attributes.get("adj_x") else ()
    right = () if node.attributes.get("adj_y") else _transposed(node.filter)
    return (*left, *right, dims_bytes(len(node.y.shape)))


def _transposed_sums(node: Node, simd: str) -> tuple[int, ...]:
    """Bytes of the sums of a transposed convolution, one for each output: 4 each for int8, 8 for
    int16, none for other types.
    """
    x = node.tensor("i2")
    width = {"int8": INT32, "int16": INT64}.get("" if x is None else x.dtype, 0)
    return (node.y.size * width,) if width else ()


def _transposed_sums_cmsis(node: Node, simd: str) -> tuple[int, ...]:
    x = node.tensor("i2")
    integers = x is not None and x.dtype == "int8"
    return (cmsis_nn.transpose_conv if integers else _transposed_sums)(node, simd)


def _transposed_looks(node: Node) -> str:
    x = node.tensor("i2")
    return "o0 i2 i1" if x is None or x.dtype == "float32" else "o0 i2 i1 i2 i1 i3 o0"


def _svdf(node: Node, simd: str) -> tuple[int, ...]:
    batches, filters = node.x.shape[0], node.filter.shape[0]
    sums = (batches * filters * INT32,)
    return sums if node.x.dtype == "float32" else (*sums, node.y.size * INT32)


def _gates(node: Node, simd: str) -> tuple[int, ...]:
    """Four gates of a step of UNIDIRECTIONAL_SEQUENCE_LSTM."""
    batches = node.x.shape[1 if node.attributes.get("time_major") else 0]
    width = INT32 if node.x.dtype == "float32" else INT16
    return (batches * node.filter.shape[0] * width,) * 4


def _gates_cmsis(node: Node, simd: str) -> tuple[int, ...]:
    return _gates(node, simd)[: 4 if node.x.dtype == "float32" else 3]


def _kernel_sums(node: Node, simd: str) -> tuple[int, ...]:
    """Sums of the weights of inputs and of hidden values for each gate, as wide as the bias."""
    width = {"int8": INT32, "int16": INT64, "float32": 0}[node.x.dtype]
    return (node.filter.shape[0] * width,) * 8 if width else ()


def _detections(node: Node, simd: str) -> tuple[int, ...]:
    boxes, scores = node.x.shape[1], node.filter.size
    most, classes = node.size("max_detections"), node.size("num_classes")
    sizes = (BOX * boxes, INT32 * scores, INT32 * boxes, INT32 * boxes)
    lists = (INT32 * most * boxes,) * 2
    more = (max(classes, most), min(boxes, most))
    return (
        boxes,
        *sizes,
        *lists,
        INT32 * boxes,
        INT32 * most * boxes,
        *(INT32 * count * boxes for count in more),
    )


_LSTM_LOOKS = " ".join(f"i{k}" for k in (*range(9), 12, 13, 14, 15, 18, 19)) + " o0"

WEIGHTS: Mapping[str, Kernel] = {
    "BATCH_MATMUL": Kernel(3, 1, 16, "i0 i1 o0", _batch_matmul),
    "DETECTION_POSTPROCESS": Kernel(0, 4, 112, "i0 i1 i2", scratch=_detections),
    "L2_POOL_2D": Kernel(40, persistent=lambda node, simd: (dims_bytes(len(node.y.shape)),)),
    "SVDF": Kernel(8, 4, 36, "i0 i1 i2 i3 i4 o0", scratch=_svdf),
    "TRANSPOSE_CONV": Kernel(
        16,
        4,
        72,
        _transposed_looks,
        lambda node, simd: (node.filter.shape[0] * INT32,) * 2,
        _transposed_sums,
    ),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": Kernel(16, 4, 688, _LSTM_LOOKS, scratch=_gates),
}

WEIGHTS_CMSIS_NN: Mapping[str, Kernel] = {
    "BATCH_MATMUL": replace(
        WEIGHTS["BATCH_MATMUL"],
        state=36,
        persistent=_batch_matmul_cmsis,
        scratch=cmsis_nn.batch_matmul,
    ),
    "SVDF": replace(WEIGHTS["SVDF"], persistent=cmsis_nn.svdf),
    "TRANSPOSE_CONV": replace(WEIGHTS["TRANSPOSE_CONV"], state=76, scratch=_transposed_sums_cmsis),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": replace(
        WEIGHTS["UNIDIRECTIONAL_SEQUENCE_LSTM"],
        state=912,
        persistent=_kernel_sums,
        scratch=_gates_cmsis,
    ),
}
