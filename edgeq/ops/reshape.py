"""RESHAPE: the same elements under another shape; no arithmetic, no code, no memory."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.opkit.contract import Node, Shape, Values, View, check_same_quantization, constant, unsupported


@dataclass(frozen=True)
class Attributes:
    new_shape: tuple[int, ...] = ()


DATA = ("int8", "int16", "int32", "float32", "uint8", "int64", "bool")
TYPES = {(d,): (d,) for d in DATA} | {(d, "int32"): (d,) for d in DATA}


def output_shapes(node: Node) -> tuple[Shape, ...]:
    """The shape asked for by input 1 or `new_shape`, at most one size -1 meaning "the rest"."""
    x = node.input(0)
    check_same_quantization(node, x, node.output)
    target = node.attributes.new_shape
    if node.optional(1) is not None:
        target = tuple(int(size) for size in constant(node, 1).ravel())
    known = 1
    for size in target:
        known *= size if size != -1 else 1
    if target.count(-1) > 1 or known < 0 or (-1 in target and (known == 0 or x.size % known)):
        raise unsupported(node, f"shape {list(target)} cannot hold the {x.size} elements of {list(x.shape)}")
    shape = tuple(x.size // known if size == -1 else size for size in target)
    return (shape,)


def simulate(node: Node, *values: Values | None) -> Values:
    """x [samples, ...] -> the same values, [samples, *output shape]."""
    x = values[0]
    assert x is not None
    return x.reshape(x.shape[0], *node.output.shape)


def kernel(node: Node) -> View:
    """A view: the output is the input's bytes."""
    return View(0)
