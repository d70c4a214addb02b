"""UNPACK: the slices along an axis, without that axis (TFLM unpack.cc)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.splitting import checked_axis, split_call, split_values
from edgeq.opkit.strided import DATA


@dataclass(frozen=True)
class Attributes:
    num: int
    axis: int = 0


TYPES = {(dtype,): (dtype, "...") for dtype in DATA}
OPTIONS = "UnpackOptions"
NEWEST_VERSION = 4


SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 4}


def _axis(node: Node) -> int:
    return checked_axis(node, node.attributes.axis, len(node.input(0).shape))


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """One shape per element of the axis: x's, without that axis."""
    x, axis = node.input(0), _axis(node)
    check_same_quantization(node, x, *node.outputs)
    if not x.shape[axis] == node.attributes.num == len(node.outputs):
        raise unsupported(
            node, f"{node.attributes.num} slices of an axis of {x.shape[axis]} elements"
        )
    return ((*x.shape[:axis], *x.shape[axis + 1 :]),) * len(node.outputs)


def simulate(node: Node, *values: Values | None) -> tuple[Values, ...]:
    """x [samples, ...] -> [samples, *shape of output i] each."""
    return split_values(node, values[0], _axis(node), [1] * len(node.outputs))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_split`; views if the slices are contiguous."""
    return split_call(node, 0, _axis(node), [1] * len(node.outputs))
