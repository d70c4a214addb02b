"""SPLIT_V: parts of given sizes along an axis (TFLM split_v.cc)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.splitting import checked_axis, cut, split_call, split_values
from edgeq.opkit.strided import DATA


@dataclass(frozen=True)
class Attributes:
    num_splits: int


TYPES = {(dtype, sizes, "int32"): (dtype, "...") for dtype in DATA for sizes in ("int32", "int64")}
OPTIONS = "SplitVOptions"
NEWEST_VERSION = 2


SAME_SCALE = True


def _axis(node: Node) -> int:
    return checked_axis(node, int(constant(node, 2).ravel()[0]), len(node.input(0).shape))


def _sizes(node: Node) -> list[int]:
    """The parts' sizes, from the constant input 1; -1 stands for the rest."""
    given = [int(size) for size in constant(node, 1).ravel()]
    rest = node.input(0).shape[_axis(node)] - sum(size for size in given if size != -1)
    return [rest if size == -1 else size for size in given]


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The shape of each output: x's, with its own size along the constant axis."""
    x, axis, sizes = node.input(0), _axis(node), _sizes(node)
    check_same_quantization(node, x, *node.outputs)
    if min(sizes, default=-1) < 0 or sum(sizes) != x.shape[axis] or len(sizes) != len(node.outputs):
        raise unsupported(
            node,
            f"sizes {sizes} do not cut {x.shape[axis]} elements into {len(node.outputs)} outputs",
        )
    return cut(x.shape, axis, sizes)


def simulate(node: Node, *values: Values | None) -> tuple[Values, ...]:
    """x [samples, ...] -> [samples, *shape of output i] each."""
    return split_values(node, values[0], _axis(node), _sizes(node))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_split`; views if the parts are contiguous."""
    return split_call(node, 0, _axis(node), _sizes(node))
