"""What TFLM's kernels on single elements allocate (see `kernels.py`)."""

from __future__ import annotations

from collections.abc import Mapping

from edgeq.plan.tflm.kernel import Kernel
from edgeq.plan.tflm.node import Node

POINTER = 4
NOTHING = Kernel(temporaries="")
LOOKS = Kernel()
PAIR = Kernel(temporaries="i0 i1 o0")
COMPARISON = Kernel(state=32, temporaries="i0 i1")


def _sum_scales(node: Node, simd: str) -> tuple[int, ...]:
    return (40,) if node.x.dtype == "int8" else ()


def _log_softmax(node: Node, simd: str) -> tuple[int, ...]:
    return (28,) if node.x.dtype == "int8" else ()


def _pointers(node: Node, simd: str) -> tuple[int, ...]:
    return (POINTER * len(node.inputs),)


ELEMENTS: Mapping[str, Kernel] = {
    **dict.fromkeys(("FLOOR", "NEG", "MAXIMUM", "MINIMUM", "LOGICAL_AND", "LOGICAL_OR"), NOTHING),
    **dict.fromkeys(("CEIL", "COS", "EXP", "LOG", "LOGICAL_NOT", "ROUND", "SIN"), LOOKS),
    **dict.fromkeys(("SQRT", "SQUARE", "ZEROS_LIKE"), LOOKS),
    **dict.fromkeys(("BROADCAST_ARGS", "FILL", "FLOOR_DIV", "FLOOR_MOD"), PAIR),
    **dict.fromkeys(
        ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"), COMPARISON
    ),
    **dict.fromkeys(("ABS", "RSQRT"), Kernel(state=28)),
    **dict.fromkeys(("ARG_MAX", "ARG_MIN"), Kernel(1, 1, temporaries="")),
    "ADD_N": Kernel(temporaries="i* o0", persistent=_sum_scales, scratch=_pointers),
    "CAST": Kernel(2, 1),
    "CUMSUM": Kernel(2, 1, temporaries="i0 i1 o0", persistent=lambda node, simd: (36,)),
    "DIV": Kernel(1, 1, 28, "i0 i1 o0"),
    "ELU": Kernel(state=256),
    "L2_NORMALIZATION": Kernel(1, 1, 4),
    "LOG_SOFTMAX": Kernel(persistent=_log_softmax),
    "PRELU": Kernel(state=28, temporaries="i0 i1 o0"),
    "SELECT_V2": Kernel(state=1, temporaries="i0 i1 i2 o0"),
    "SHAPE": Kernel(1, 1, temporaries=""),
    "SQUARED_DIFFERENCE": Kernel(state=112, temporaries="i0 i1 o0"),
}
