"""What TFLM's kernels that move elements allocate (see `kernels.py`)."""

from __future__ import annotations

from collections.abc import Mapping

from edgeq.plan.tflm.kernel import Kernel, Sizes
from edgeq.plan.tflm.node import Node

INT32 = 4


def dims_bytes(rank: int) -> int:
    """A TfLiteIntArray of that many sizes."""
    return INT32 * (rank + 1)


def _output_dims(*more: int) -> Sizes:
    """A copy of the output's shape, which Prepare may write, and more."""
    return lambda node, simd: (dims_bytes(len(node.y.shape)), *more)


def _shape_buffers(node: Node, simd: str) -> tuple[int, ...]:
    return (len(node.x.shape) * INT32,) * 2


MOVES: Mapping[str, Kernel] = {
    "BATCH_TO_SPACE_ND": Kernel(),
    "BROADCAST_TO": Kernel(temporaries="i0 i1 o0"),
    "DEPTH_TO_SPACE": Kernel(4, persistent=_output_dims()),
    "DYNAMIC_UPDATE_SLICE": Kernel(temporaries="i0 i1 i2 o0"),
    "EMBEDDING_LOOKUP": Kernel(temporaries="i0 i1 o0", persistent=_output_dims(8)),
    "GATHER": Kernel(8, temporaries="i0 i1 o0", persistent=_output_dims()),
    "GATHER_ND": Kernel(temporaries="i0 i1 o0", persistent=_output_dims()),
    "MIRROR_PAD": Kernel(1, 1, 20, "i0 i1 o0", scratch=_shape_buffers),
    "PACK": Kernel(8, temporaries=""),
    "PADV2": Kernel(state=56, temporaries="i0 i1 i2 o0"),
    "RESIZE_BILINEAR": Kernel(2, 1, temporaries="i0 i1 o0"),
    "RESIZE_NEAREST_NEIGHBOR": Kernel(2, 1, temporaries="i0 i1 o0"),
    "REVERSE_V2": Kernel(temporaries="i0 i1 o0"),
    "SLICE": Kernel(temporaries="i0 i1 i2 o0"),
    "SPACE_TO_BATCH_ND": Kernel(state=4),
    "SPACE_TO_DEPTH": Kernel(4, persistent=_output_dims()),
    "SPLIT": Kernel(4, temporaries="i0"),
    "SPLIT_V": Kernel(4, temporaries="i2"),
    "UNPACK": Kernel(8, temporaries=""),
}
