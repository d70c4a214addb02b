"""Channels that hold the same integers for every input: sums read one of them, by added weights.

What no sum reads any more may then be dead. Weights are only added where all results are weights of
the type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import numpy.typing as npt

from edgeq.dead_channels.cut import with_values
from edgeq.dead_channels.sums import bias_of, taps_by_filter, weight_role
from edgeq.graph import Graph, Tensor
from edgeq.opkit.channels import OUTPUT, Channels, Link
from edgeq.opkit.node import Node, Values

Classes = npt.NDArray[np.int64]
LARGEST = {"int8": 127, "int4": 7}
"""Type of weights -> the largest magnitude; the least integer is left to files that have it."""


def merge_duplicates(
    graph: Graph, nodes: Sequence[Node], behaviours: Mapping[int, Channels | None]
) -> Graph:
    """The graph in which sums read the first of equal channels alone, where weights allow it; itself
    where there are none.
    """
    classes = channel_classes(graph, nodes, behaviours)
    tensors, ops = list(graph.tensors), list(graph.ops)
    for node in nodes:
        channels = behaviours[node.index]
        if channels is None or channels.sums is None:
            continue
        role, op = weight_role(node), graph.ops[node.index]
        merged = _merged(node, channels, classes[op.inputs[role.x]])
        if merged is not None:
            inputs = list(op.inputs)
            inputs[role.weights] = len(tensors)
            tensors.append(merged)
            ops[node.index] = replace(op, inputs=tuple(inputs))
    if len(tensors) == len(graph.tensors):
        return graph
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def channel_classes(
    graph: Graph, nodes: Sequence[Node], behaviours: Mapping[int, Channels | None]
) -> dict[int, Classes]:
    """Tensor -> a number for each channel, int64 [channels]; channels of equal numbers are equal.

    They are where they are made by the same operator in the same way of equal channels.
    """
    fresh, classes = count(), dict[int, Classes]()

    def numbered(t: int) -> Classes:
        shape = graph.tensors[t].shape
        if t not in classes:
            size = shape[-1] if shape else 1
            classes[t] = np.array([next(fresh) for _ in range(size)], np.int64)
        return classes[t]

    for node in nodes:
        op, channels = graph.ops[node.index], behaviours[node.index]
        given = [numbered(t) if t >= 0 else np.zeros(0, np.int64) for t in op.inputs]
        keys = None if channels is None else _origins(node, channels, given)
        if keys is None:
            continue
        known: dict[tuple[bytes, ...], int] = {}
        numbers = [known.setdefault(key, next(fresh)) for key in keys]
        classes[op.outputs[0]] = np.array(numbers, np.int64)
    for t in {t for op in graph.ops for t in op.outputs}:
        numbered(t)
    return classes


def _origins(
    node: Node, channels: Channels, given: Sequence[Classes]
) -> list[tuple[bytes, ...]] | None:
    """What each output channel is made of; None where that does not tell."""
    if channels.sums is not None:
        role = weight_role(node)
        weights, bias = taps_by_filter(node), bias_of(node)
        quantization = node.input(role.weights).quantization
        assert quantization is not None
        scales = np.broadcast_to(np.array(quantization.scale), len(weights))
        sources = given[role.x][channels.sums.sources]
        rows = zip(scales, bias, weights, sources, strict=True)
        return [tuple(part.tobytes() for part in row) for row in rows]
    if not channels.links or not all(map(_one_to_one, channels.links)):
        return None
    keys: list[list[bytes]] = [[] for _ in range(node.output.shape[-1])]
    for link in channels.links:
        tensor = node.input(link.a.position)
        for i, k in zip(link.a.places, link.b.places, strict=True):
            part = tensor.array[..., i] if tensor.constant else given[link.a.position][i]
            keys[k] += [bytes([link.a.position]), np.ascontiguousarray(part).tobytes()]
    return [tuple(key) for key in keys]


def _one_to_one(link: Link) -> bool:
    """Whether a channel of the output goes with one of an input, and no other does."""
    ends = (link.a.places, link.b.places)
    return link.b.position == OUTPUT and all(len(np.unique(x)) == len(x) for x in ends)


def _merged(node: Node, channels: Channels, classes: Classes) -> Tensor | None:
    """The weights by which equal channels of the input are read as one; None where they stay."""
    role, sums = weight_role(node), channels.sums
    weights = node.input(role.weights)
    axis = next(
        (
            end.axis
            for link in channels.links
            for end, other in ((link.a, link.b), (link.b, link.a))
            if end.position == role.weights and other.position == role.x
        ),
        None,
    )
    if axis is None or sums is None or weights.codebook is not None or weights.dtype not in LARGEST:
        return None
    found: Values = np.moveaxis(weights.array.astype(np.int64), axis, 0).copy()
    repeats, changed = len(found) // len(classes), False
    _, first, of = np.unique(classes, return_index=True, return_inverse=True)
    for k, one in enumerate(first[of.reshape(-1)]):
        places, others = (np.arange(repeats) * len(classes) + at for at in (one, k))
        added = found[places] + found[others]
        if one != k and found[others].any() and np.abs(added).max() <= LARGEST[weights.dtype]:
            found[places], found[others], changed = added, 0, True
    return with_values(weights, np.moveaxis(found, 0, axis)) if changed else None
