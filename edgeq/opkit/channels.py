"""What operators do with channels: which elements of their tensors' axes can be left out, and what else
has to go with them.

The channels of a computed tensor are the places along its last axis.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np

from edgeq.opkit.node import Node, Values

INTEGERS = ("int8", "uint8", "int16")
"""Types of activations that an exact range of integers is known of."""
OUTPUT = -1
"""The position of an operator's output, beside those of its inputs, which count from 0."""


class End(NamedTuple):
    """Places along an axis of one of an operator's tensors. position: of an input, or OUTPUT; axis:
    not negative; places: int [n], repeated where several go with one.
    """

    position: int
    axis: int
    places: Values


class Link(NamedTuple):
    """a.places[i] and b.places[i] can be left out together, and not alone."""

    a: End
    b: End


@dataclass(frozen=True, eq=False)
class WeightedSum:
    """Output channel f is requantize(bias[f] + sum over taps of w[f, tap] * (x - zero_point)), a function
    that rises with the sum. The operator's `WEIGHTS` say which inputs are x, w and bias.

    sources: int [f, taps], the channel of x that each weight is multiplied by, weights in their order
        once their axis of output channels is the first.
    borders: whether windows reach beyond x, where x - zero_point is taken as 0.
    """

    sources: Values
    borders: bool


@dataclass(frozen=True, eq=False)
class Channels:
    """What a node does with channels. A place that no link names must stay.

    links: without a weighted sum, an output channel depends on the channels that are linked with it
        and on inputs without links alone.
    rising: whether no element of the output falls where an element of an input rises.
    sums: of layers with weights.
    shape_input, shape_attribute: the constant input and the attribute that state the output's shape;
        OUTPUT and "" where there is none.
    """

    links: tuple[Link, ...]
    rising: bool = False
    sums: WeightedSum | None = None
    shape_input: int = OUTPUT
    shape_attribute: str = ""


def channelwise(
    node: Node, inputs: tuple[int, ...] | None = None, rising: bool = False
) -> Channels | None:
    """Channels of an operator whose output channels depend on the same channel of its inputs; inputs
    with one channel may be broadcast. inputs: positions, all of them by default.

    None where the output has no axis.
    """
    if not node.output.shape:
        return None
    last, places = len(node.output.shape) - 1, np.arange(node.output.shape[-1])
    links = []
    for position in range(len(node.inputs)) if inputs is None else inputs:
        x = node.optional(position)
        if x is not None and x.shape and x.shape[-1] == len(places):
            end = End(position, len(x.shape) - 1, places)
            links.append(Link(end, End(OUTPUT, last, places)))
    return Channels(tuple(links), rising)


def joined(node: Node, axis: int) -> Channels:
    """Channels of inputs that are joined along an axis of the output, which is not negative."""
    last, links, start = len(node.output.shape) - 1, list[Link](), 0
    for position in range(len(node.inputs)):
        places = np.arange(node.input(position).shape[-1])
        links.append(Link(End(position, last, places), End(OUTPUT, last, places + start)))
        start += len(places) if axis == last else 0
    return Channels(tuple(links), rising=True)


def reshaped(node: Node, shape_input: int = OUTPUT, shape_attribute: str = "") -> Channels | None:
    """Channels of the elements of input 0 under another shape. None where the sizes of both last axes
    are no multiples of each other, or where there is no axis.
    """
    x, y = node.input(0).shape, node.output.shape
    if not x or not y or 0 in (*x, *y) or (x[-1] % y[-1] and y[-1] % x[-1]):
        return None
    places = np.arange(max(x[-1], y[-1]))
    link = Link(
        End(0, len(x) - 1, places % x[-1]),
        End(OUTPUT, len(y) - 1, places % y[-1]),
    )
    return Channels((link,), True, None, shape_input, shape_attribute)


def convolved(
    node: Node, borders: bool, x: int = 0, bias: int = 2, shape_input: int = OUTPUT
) -> Channels | None:
    """Channels of filters [f, rows, columns, c / groups], input 1, over images [n, h, w, c]. Those of
    groups must stay. x, bias, shape_input: positions. None where the bias is no [f].
    """
    filters, rows, columns, depth = node.input(1).shape
    if not _suits(node, x, bias, filters):
        return None
    groups = node.input(x).shape[3] // depth
    first = np.arange(filters) // (filters // groups) * depth
    sources = first[:, None, None] + np.arange(depth)
    sources = np.broadcast_to(sources, (filters, rows * columns, depth)).reshape(filters, -1)
    sums = WeightedSum(sources, borders)
    if groups > 1:
        return Channels((), sums=sums)
    places = np.arange(depth)
    inputs = Link(End(x, 3, places), End(1, 3, places))
    links = (*_filter_links(node, 0, bias, filters), inputs)
    return Channels(links, sums=sums, shape_input=shape_input)


def filtered(node: Node, borders: bool) -> Channels | None:
    """Channels of depthwise filters [1, rows, columns, c * multiplier], input 1, over images
    [n, h, w, c]. None where the bias is no [c * multiplier].
    """
    filters = node.input(1).shape[3]
    if not _suits(node, 0, 2, filters):
        return None
    each = np.arange(filters) // (filters // node.input(0).shape[3])
    taps = prod(node.input(1).shape[1:3])
    sums = WeightedSum(np.broadcast_to(each[:, None], (filters, taps)), borders)
    inputs = Link(End(0, 3, each), End(OUTPUT, 3, np.arange(filters)))
    return Channels((*_filter_links(node, 3, 2, filters), inputs), sums=sums)


def connected(node: Node) -> Channels | None:
    """Channels of weights [neurons, depth], input 1, over rows of `depth` elements of input 0. None
    where the bias is no [neurons], and where rows end within the last axis of the input.
    """
    neurons, depth = node.input(1).shape
    x = node.input(0).shape
    if not x or depth % x[-1] or not _suits(node, 0, 2, neurons):
        return None
    each = np.arange(depth) % x[-1]
    inputs = Link(End(0, len(x) - 1, each), End(1, 1, np.arange(depth)))
    sums = WeightedSum(np.broadcast_to(each, (neurons, depth)), borders=False)
    return Channels((*_filter_links(node, 0, 2, neurons), inputs), sums=sums)


def _suits(node: Node, x: int, bias: int, filters: int) -> bool:
    """Whether all has the types and shapes of a layer of integers, or of one of reals."""
    given, weights = node.optional(bias), node.input(1).dtype
    reals = node.input(x).dtype == weights == "float32"
    sums = ("float32",) if reals else ("int32", "int64")
    known = given is None or (given.shape == (filters,) and given.dtype in sums)
    return known and (reals or node.input(x).dtype in INTEGERS)


def _filter_links(node: Node, axis: int, bias: int, filters: int) -> tuple[Link, ...]:
    """What goes with each output channel: its weights along an axis, and its bias."""
    places = np.arange(filters)
    output = End(OUTPUT, len(node.output.shape) - 1, places)
    weights, biases = Link(End(1, axis, places), output), Link(End(bias, 0, places), output)
    return (weights,) if node.optional(bias) is None else (weights, biases)
