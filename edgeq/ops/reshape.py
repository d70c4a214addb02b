"""RESHAPE: another shape for the same elements; a view, without code or memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from edgeq.opkit.channels import OUTPUT, Channels, reshaped
from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.strided import moved_types


@dataclass(frozen=True)
class Attributes:
    new_shape: tuple[int, ...] = ()


TYPES = {**moved_types(), **moved_types("int32")}
OPTIONS = "ReshapeOptions"
NEWEST_VERSION = 1


SAME_SCALE = True
HOMOGENEOUS = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The shape given by input 1 or `new_shape`, in which one size may be -1 for the remaining
    elements.
    """
    x = node.input(0)
    check_same_quantization(node, x, node.output)
    target = _target(node)
    known = prod(size for size in target if size != -1)
    shape = tuple(x.size // known if size == -1 and known else size for size in target)
    if target.count(-1) > 1 or min(shape, default=0) < 0 or prod(shape) != x.size:
        raise unsupported(
            node, f"shape {list(target)} cannot hold the {x.size} elements of {list(x.shape)}"
        )
    return (shape,)


def _target(node: Node) -> Shape:
    if node.optional(1) is not None:
        return tuple(int(size) for size in constant(node, 1).ravel())
    shape: Shape = node.attributes.new_shape
    return (
        () if shape == (0,) else shape
    )  # old files write a scalar's shape so (TFLite reshape.cc, ReshapeOutput)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> its values as [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return x.reshape(x.shape[0], *node.output.shape)


def channels(node: Node) -> Channels | None:
    """Those of the input, repeated or folded by the new last axis."""
    stated = 1 if node.optional(1) is not None else OUTPUT
    return reshaped(node, stated, "new_shape")


def kernel(node: Node) -> View:
    """A view: the output's bytes are the input's."""
    return View(0)
