"""EXPAND_DIMS: a new axis of size 1; a view, without code or memory."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.channels import Channels, reshaped
from edgeq.opkit.checks import check_same_quantization
from edgeq.opkit.kernel_call import View
from edgeq.opkit.node import Node, Shape, Values, constant, unsupported
from edgeq.opkit.strided import moved_types


@dataclass(frozen=True)
class Attributes:
    pass


TYPES = {**moved_types("int32"), **moved_types("int64")}
NEWEST_VERSION = 1


SAME_SCALE = True


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """x's shape with a new axis of size 1 at the position given by the constant input 1; negative
    positions count from the output's end.
    """
    x, axes = node.input(0), constant(node, 1).ravel()
    check_same_quantization(node, x, node.output)
    rank = len(x.shape)
    if len(axes) != 1 or not -rank - 1 <= axes[0] <= rank:
        raise unsupported(node, f"axis {axes.tolist()} is not one of {-rank - 1} to {rank}")
    axis = int(axes[0]) % (rank + 1)
    return ((*x.shape[:axis], 1, *x.shape[axis:]),)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> the same values, [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return x.reshape(x.shape[0], *node.output.shape)


def channels(node: Node) -> Channels | None:
    """Those of the input, unless the new axis is the last."""
    return reshaped(node)


def kernel(node: Node) -> View:
    """A view: the output is the input's bytes."""
    return View(0)
