"""CONCATENATION: the inputs joined along an axis, without requantization (TFLite
reference/concatenation.h).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from math import prod

import numpy as np

from edgeq.errors import shown
from edgeq.graph import DTYPES, Tensor
from edgeq.opkit.channels import Channels, joined
from edgeq.opkit.checks import check_quantized
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node, Shape, Values, unsupported


@dataclass(frozen=True)
class Attributes:
    axis: int = 0
    fused_activation_function: str = "NONE"


_MAX_INPUTS = 64
_DATA = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")
TYPES = {(dtype,) * inputs: (dtype,) for dtype in _DATA for inputs in range(1, _MAX_INPUTS + 1)}
OPTIONS = "ConcatenationOptions"
NEWEST_VERSION = 5


SAME_SCALE = True
VERSIONS = {("int8",): 2, ("int16",): 3}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The inputs' shape with their sizes along `axis` summed.

    Raises UnsupportedError if shapes differ elsewhere, or if an input would have to be requantized.
    """
    first, axis = node.input(0).shape, node.attributes.axis
    if node.attributes.fused_activation_function != "NONE":
        raise unsupported(
            node, f"it has the fused activation {node.attributes.fused_activation_function}"
        )
    if not -len(first) <= axis < len(first):
        raise unsupported(
            node, f"its axis {axis} is none of the {len(first)} of its input {list(first)}"
        )
    axis %= len(first)
    inputs = _inputs(node)
    for x in inputs:
        if len(x.shape) != len(first) or _without(x.shape, axis) != _without(first, axis):
            raise unsupported(
                node, f"{list(first)} and {list(x.shape)} differ in another axis than {axis}"
            )
        _check_scale(node, x)
    return ((*first[:axis], sum(x.shape[axis] for x in inputs), *first[axis + 1 :]),)


def _inputs(node: Node) -> tuple[Tensor, ...]:
    return tuple(node.input(i) for i in range(len(node.inputs)))


def _without(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _check_scale(node: Node, x: Tensor) -> None:
    """Raises UnsupportedError unless int8 and uint8 inputs have the output's scale and zero point,
    and int16 zero points are 0; int16 scales are not compared.

    TFLM and TFLite behave like that; only TFLite's uint8 kernel would requantize.
    """
    if x.dtype not in ("int8", "uint8", "int16"):
        return
    y = node.output
    check_quantized(node, x, y)
    if x.dtype == "int16" and (x.zero_point or y.zero_point):
        raise unsupported(node, f'an int16 zero point of "{shown(x.name)}" or its output is not 0')
    if x.dtype != "int16" and (x.scale, x.zero_point) != (y.scale, y.zero_point):
        raise unsupported(
            node,
            f'"{shown(x.name)}" has scale {x.scale} and zero point {x.zero_point}, '
            f"its output {y.scale} and {y.zero_point}",
            "requantize the input to the output's scale (QUANTIZE) or convert the model again",
        )


def simulate(node: Node, *values: Values | None) -> Values:
    """x_i [samples, *shape i] -> [samples, *output shape]; constants have one sample, which is
    repeated.
    """
    parts = [x for x in values if x is not None]
    samples = max(len(x) for x in parts)
    axis = node.attributes.axis % len(node.output.shape) + 1
    return np.concatenate([np.broadcast_to(x, (samples, *x.shape[1:])) for x in parts], axis)


def channels(node: Node) -> Channels:
    """Those of the inputs, one after the other if they are joined along the last axis."""
    return joined(node, node.attributes.axis % len(node.output.shape))


def kernel(node: Node) -> KernelCall | View:
    """`edgeq_concatenation`, which copies runs of bytes; a single input is a view."""
    inputs, axis = _inputs(node), node.attributes.axis % len(node.output.shape)
    if len(inputs) == 1:
        return View(0)
    rounds, element = prod(node.output.shape[:axis]), DTYPES[node.output.dtype].itemsize
    runs = [prod(x.shape[axis:]) * element for x in inputs]
    return KernelCall(
        "edgeq_concatenation",
        {"rounds": rounds, "inputs": len(inputs), "run": np.array(runs, np.int32)},
        tuple(range(len(inputs))),
        overlap=_overlap(rounds, runs),
        gathered=True,
    )


def _overlap(rounds: int, runs: list[int]) -> tuple[int | None, ...]:
    """For each input, the in-place offset: bytes of other inputs that are written before its last
    run.
    """
    starts = accumulate(runs, initial=0)
    return tuple(
        (rounds - 1) * (sum(runs) - run) + start for run, start in zip(runs, starts, strict=False)
    )
