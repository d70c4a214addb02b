"""PADV2: a border around the input with the value of input 2 (TFLM pad.cc)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.errors import shown
from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.padding import pad_call, pad_rows, pad_values, padded_shape
from edgeq.opkit.rows import RowKernel
from edgeq.opkit.strided import DATA


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {(dtype, index, dtype): (dtype,) for dtype in DATA for index in ("int32", "int64")}
NEWEST_VERSION = 5


SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 3}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x [...] with constant paddings [rank, 2] -> each size plus its two paddings.

    Raises UnsupportedError unless the padding value is one constant with the output's quantization.
    """
    value = node.input(2)
    check_same_quantization(node, node.output, value)
    if node.output.dtype == "uint8" and value.quantization != node.output.quantization:
        raise unsupported(
            node,
            f'its value "{shown(value.name)}" has another scale or zero point than the output, which '
            "interpreters refuse or pad with any bytes",
        )
    if constant(node, 2).size != 1:
        raise unsupported(node, f"its value has {constant(node, 2).size} elements instead of one")
    return (padded_shape(node),)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    return pad_values(node, values[0], constant(node, 2).ravel()[0])


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_pad`; a view where nothing is added."""
    return pad_call(node, constant(node, 2).ravel()[0])


def rows(node: Node) -> RowKernel | None:
    return pad_rows(node, constant(node, 2).ravel()[0])
