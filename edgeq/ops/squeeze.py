"""SQUEEZE: axes of size 1 removed; a view, without code or memory (TFLM squeeze.cc)."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.channels import Channels, reshaped
from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import View
from edgeq.opkit.node import Node, Shape, Values, unsupported
from edgeq.opkit.strided import moved_types


@dataclass(frozen=True)
class Attributes:
    squeeze_dims: tuple[int, ...] = ()  # none: every axis of size 1


TYPES = moved_types()
OPTIONS = "SqueezeOptions"
NEWEST_VERSION = 2


SAME_SCALE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x's shape without the axes `squeeze_dims` (negative: from the end), which must have size 1."""
    x = node.input(0)
    check_same_quantization(node, x, node.output)
    rank, asked = len(x.shape), node.attributes.squeeze_dims
    if any(not -rank <= axis < rank or x.shape[axis] != 1 for axis in asked):
        raise unsupported(node, f"axes {list(asked)} of {list(x.shape)} are not all of size 1")
    dropped = (
        {axis % rank for axis in asked}
        if asked
        else {axis for axis in range(rank) if x.shape[axis] == 1}
    )
    return (tuple(size for axis, size in enumerate(x.shape) if axis not in dropped),)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> its values as [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return x.reshape(x.shape[0], *node.output.shape)


def channels(node: Node) -> Channels | None:
    """Those of the input. None where all axes of size 1 go, which those of fewer channels may be."""
    return reshaped(node) if node.attributes.squeeze_dims else None


def kernel(node: Node) -> View:
    """A view: the output's bytes are the input's."""
    return View(0)
