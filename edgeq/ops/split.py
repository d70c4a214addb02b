"""SPLIT: equal parts along an axis (TFLM split.cc)."""

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


TYPES = {("int32", dtype): (dtype, "...") for dtype in DATA}
OPTIONS = "SplitOptions"
NEWEST_VERSION = 4


SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 4}


def _axis(node: Node) -> int:
    return checked_axis(node, int(constant(node, 0).ravel()[0]), len(node.input(1).shape))


def _sizes(node: Node) -> list[int]:
    parts = len(node.outputs)
    return [node.input(1).shape[_axis(node)] // parts] * parts


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The shape of each output: x's, with the size along the constant axis divided by their number."""
    x, axis, sizes = node.input(1), _axis(node), _sizes(node)
    check_same_quantization(node, x, *node.outputs)
    if sum(sizes) != x.shape[axis] or node.attributes.num_splits != len(sizes):
        raise unsupported(
            node, f"{x.shape[axis]} elements do not make {node.attributes.num_splits} equal outputs"
        )
    return cut(x.shape, axis, sizes)


def simulate(node: Node, *values: Values | None) -> tuple[Values, ...]:
    """x [samples, ...] -> [samples, *shape of output i] each."""
    return split_values(node, values[1], _axis(node), _sizes(node))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_split`; views if the parts are contiguous."""
    return split_call(node, 1, _axis(node), _sizes(node))
