"""The integers that each channel can hold, whatever the graph's inputs are.

Bounds are exact integers, made by the operators' own arithmetic: of a layer with weights from the least
and the largest sum, of operators that rise with their inputs from both ends of these, of elementwise
operators on one tensor of 8 or 16 bits from all values. A channel with one value is constant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from edgeq.dead_channels.bounds import Integers, Reach
from edgeq.dead_channels.sums import outputs_of_sums, sum_bounds, weight_role
from edgeq.fixedpoint import LIMITS
from edgeq.graph import DTYPES, Graph, Tensor
from edgeq.opkit.channels import INTEGERS, Channels
from edgeq.opkit.node import Node, Values
from edgeq.ops import operator


def reach_of_channels(
    graph: Graph, nodes: Sequence[Node], behaviours: Mapping[int, Channels | None]
) -> dict[int, Reach]:
    """Tensor -> its reach; of tensors with an axis, of types in `INTEGERS` alone.

    behaviours: of each node, by its index.
    """
    found = {t: reach for t, x in enumerate(graph.tensors) if (reach := _by_itself(x)) is not None}
    for node in nodes:
        op, channels = graph.ops[node.index], behaviours[node.index]
        given = [found.get(t) for t in op.inputs]
        if channels is not None and op.outputs[0] in found:
            reach = _computed(node, channels, given)
            found[op.outputs[0]] = found[op.outputs[0]] if reach is None else reach
    return found


def _by_itself(tensor: Tensor) -> Reach | None:
    """What is known without the operator that computes the tensor."""
    if tensor.dtype not in INTEGERS or not tensor.shape or 0 in tensor.shape:
        return None
    if tensor.constant and not tensor.variable:
        return _of_values(tensor.array)
    low, high = LIMITS[tensor.dtype]
    shape = tensor.shape[-1:]
    return Reach(np.full(shape, low, np.int64), np.full(shape, high, np.int64))


def _of_values(*values: Values) -> Reach:
    """values: each [..., channels]."""
    flat = np.concatenate([x.reshape(-1, x.shape[-1]) for x in values]).astype(np.int64)
    return Reach(flat.min(axis=0), flat.max(axis=0))


def _computed(node: Node, channels: Channels, given: Sequence[Reach | None]) -> Reach | None:
    """The reach of the node's output, None where any integer may come out."""
    if channels.sums is not None:
        x = given[weight_role(node).x]
        if x is None:
            return None
        low, high = (outputs_of_sums(node, acc) for acc in sum_bounds(node, channels.sums, x))
        return None if low is None or high is None else Reach(low, high)
    if _on_one_tensor(node):
        return None if given[0] is None else _tabulated(node, given[0])
    if any(reach is None and not t.constant for reach, t in _present(node, given)):
        return None
    ends = [_run(node, given, of) for of in ("low", "high")]
    if channels.rising:
        return _of_values(*ends)
    return _where_inputs_are_constant(node, channels, given, ends[0])


def _present(node: Node, given: Sequence[Reach | None]) -> list[tuple[Reach | None, Tensor]]:
    return [(reach, t) for reach, t in zip(given, node.inputs, strict=True) if t is not None]


def _on_one_tensor(node: Node) -> bool:
    """Whether an element of the output depends on one element of 8 or 16 bits, by a rule for all of
    them.
    """
    tensors = [t for t in node.inputs if t is not None]
    return (
        operator(node.kind).elementwise
        and not tensors[0].constant
        and tensors[0].dtype in INTEGERS
        and tensors[0].shape == node.output.shape
        and all(t.constant and t.size == 1 for t in tensors[1:])
    )


def _tabulated(node: Node, x: Reach) -> Reach:
    """The least and the largest result of all integers that each channel of x can hold."""
    dtype = DTYPES[node.input(0).dtype]
    least, largest = LIMITS[node.input(0).dtype]
    every = np.arange(least, largest + 1).astype(dtype)
    alone = replace(
        node,
        inputs=(replace(node.input(0), shape=every.shape), *node.inputs[1:]),
        outputs=(replace(node.output, shape=every.shape),),
    )
    values = [None if t is None else t.array[None] for t in node.inputs[1:]]
    made = operator(node.kind).simulate(alone, every[None], *values)
    assert isinstance(made, np.ndarray)
    table = made.reshape(-1).astype(np.int64)
    ends, of = np.unique(np.stack([x.low, x.high], 1) - least, axis=0, return_inverse=True)
    parts = [table[low : high + 1] for low, high in ends]
    found = np.array([(part.min(), part.max()) for part in parts])[of.reshape(-1)]
    return Reach(found[:, 0], found[:, 1])


def _run(node: Node, given: Sequence[Reach | None], of: str) -> Values:
    """The node's output [*shape] where each channel of its computed inputs holds one end of its reach."""
    values = [
        None if t is None else _filled(t, None if reach is None else getattr(reach, of))
        for t, reach in zip(node.inputs, given, strict=True)
    ]
    made = operator(node.kind).simulate(node, *values)
    assert isinstance(made, np.ndarray)
    output: Values = made[0]
    return output


def _filled(tensor: Tensor, channels: Integers | None) -> Values:
    """[1, *shape]: a constant as it is, a computed tensor with one integer in each channel."""
    if tensor.constant:
        return tensor.array[None]
    assert channels is not None
    return np.broadcast_to(channels.astype(DTYPES[tensor.dtype]), (1, *tensor.shape))


def _where_inputs_are_constant(
    node: Node, channels: Channels, given: Sequence[Reach | None], value: Values
) -> Reach | None:
    """The reach of output channels all of whose inputs are constant; of others any integer.

    value: the output [*shape] where all constant channels hold what they do.
    """
    low, high = LIMITS[node.output.dtype]
    constant = np.ones(node.output.shape[-1], bool)
    linked = {link.a.position: link for link in channels.links}
    for position, (tensor, reach) in enumerate(zip(node.inputs, given, strict=True)):
        if tensor is None or tensor.constant:
            continue
        assert reach is not None
        if position in linked:
            constant[linked[position].b.places] &= reach.constant[linked[position].a.places]
        else:
            constant &= bool(reach.constant.all())
    found = _of_values(value)
    return Reach(np.where(constant, found.low, low), np.where(constant, found.high, high))
