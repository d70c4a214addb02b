"""TOPK_V2: the k largest elements of each row in descending order, and where they were, the earlier
first where they are equal (TFLite kernels/topk_v2.cc).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.suffix import SUFFIX


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(d, "int32"): (d, "int32") for d in ("int8", "uint8", "int32", "int64", "float32")}
NEWEST_VERSION = 3
SAME_SCALE = True
VERSIONS = {("int8",): 2}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """[..., n] -> [..., k] twice, k by constant input 1. Raises UnsupportedError unless that is one
    number from 0 to n, and for values of another scale than the input.
    """
    k, shape = constant(node, 1).ravel(), node.input(0).shape
    check_same_quantization(node, node.input(0), node.output)
    if not shape or k.size != 1 or not 0 <= k[0] <= shape[-1]:
        raise unsupported(node, f"{k.tolist()} elements of rows of an input {list(shape)}")
    return ((*shape[:-1], int(k[0])),) * 2


def simulate(node: Node, *values: Values | None) -> tuple[Values, Values]:
    """x [samples, ..., n] -> values and int32 indices [samples, ..., k]."""
    x = values[0]
    assert x is not None
    order = np.argsort(~_keys(x), axis=-1, kind="stable")[..., : node.output.shape[-1]]
    return np.take_along_axis(x, order, -1), order.astype(np.int32)


def _keys(x: Values) -> Values:
    """Signed integers in the order of x. 0 and -0 are equal; NaN lies beyond infinity on the side
    of its sign, where the reference's heap would be out of order.
    """
    if x.dtype != np.float32:
        return x.astype(np.int64)
    bits = (x + np.float32(0)).view(np.int32)
    return bits ^ (bits >> 31 & np.int32(0x7FFFFFFF))


def kernel(node: Node) -> KernelCall:
    """`edgeq_topk_v2_s8` and so on, by the type of the input."""
    x = node.input(0).shape
    sizes = {"rows": prod(x[:-1]), "count": x[-1], "chosen": node.output.shape[-1]}
    return KernelCall(f"edgeq_topk_v2_{SUFFIX[node.input(0).dtype]}", sizes)
