"""Tensors and operators with the channels that stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edgeq.dead_channels.groups import Axis, Groups
from edgeq.dead_channels.sums import BIAS, bias_of, blocks, taps_by_filter, weight_role
from edgeq.graph import DTYPES, Op, Quantization, Tensor, pack_int4
from edgeq.opkit.channels import OUTPUT, Channels, WeightedSum
from edgeq.opkit.node import Node, Values

Flags = npt.NDArray[np.bool_]


def cut_tensor(tensor: Tensor, axes: Mapping[int, Flags]) -> Tensor:
    """The tensor with the places of its axes that stay; itself where all do. axes: axis -> whether
    each place stays.
    """
    axes = {k: stays for k, stays in axes.items() if not stays.all()}
    if not axes:
        return tensor
    shape = tuple(int(axes[k].sum()) if k in axes else size for k, size in enumerate(tensor.shape))
    cut = replace(tensor, shape=shape, shape_signature=None, quantization=_cut_scales(tensor, axes))
    if not tensor.constant:
        return cut
    values = tensor.array
    for k, stays in axes.items():
        values = np.compress(stays, values, axis=k)
    return with_values(_cut_tables(cut, tensor, axes), values)


def _cut_scales(tensor: Tensor, axes: Mapping[int, Flags]) -> Quantization | None:
    q = tensor.quantization
    if q is None or not q.per_channel or q.axis not in axes:
        return q
    places = np.flatnonzero(axes[q.axis])
    return replace(
        q,
        scale=tuple(q.scale[k] for k in places),
        zero_point=tuple(q.zero_point[k] for k in places),
    )


def _cut_tables(cut: Tensor, tensor: Tensor, axes: Mapping[int, Flags]) -> Tensor:
    """The tensor with a table for each slice of its codebook that stays; one for all stays as it is."""
    book = tensor.codebook
    if book is None or len(book.tables) == 1 or book.axis not in axes:
        return cut
    count, slices = len(book.tables), tensor.shape[book.axis]
    tables = tuple(book.tables[k * count // slices] for k in np.flatnonzero(axes[book.axis]))
    return replace(cut, codebook=replace(book, tables=tables))


def with_values(tensor: Tensor, values: Values) -> Tensor:
    """The constant with other values, in their shape."""
    packed = tensor.dtype == "int4"
    plain = np.ascontiguousarray(values).astype("int8" if packed else DTYPES[tensor.dtype])
    return replace(
        tensor, shape=values.shape, buffer=pack_int4(plain) if packed else plain.tobytes()
    )


def cut_op(
    op: Op,
    node: Node,
    channels: Channels | None,
    groups: Groups,
    offsets: Values,
    tensors: list[Tensor],
) -> Op:
    """The operator with other constants, which are added to the tensors. node: of the whole graph;
    offsets: of a layer with weights, what each channel of its input holds above the zero point once
    it is left out; tensors: those that are computed have been cut.
    """
    if channels is None:
        return op
    shape = tensors[op.outputs[0]].shape
    made = {
        position: _cut_constant(node, position, channels, groups, t, tensors[t])
        for position, t in enumerate(op.inputs)
        if t >= 0 and tensors[t].constant
    }
    if channels.shape_input in made and shape != node.output.shape:
        made[channels.shape_input] = with_values(made[channels.shape_input], np.array(shape))
    if channels.sums is not None:
        made |= _folded_bias(op, node, channels.sums, groups, offsets)
    inputs = [*op.inputs, *[-1] * (max(made, default=-1) + 1 - len(op.inputs))]
    for position, tensor in made.items():
        if inputs[position] < 0 or tensor != tensors[inputs[position]]:
            inputs[position] = len(tensors)
            tensors.append(tensor)
    attributes = tuple(
        (name, shape if name == channels.shape_attribute and value else value)
        for name, value in op.attributes
    )
    return replace(op, inputs=tuple(inputs), attributes=attributes)


def _cut_constant(
    node: Node, position: int, channels: Channels, groups: Groups, t: int, tensor: Tensor
) -> Tensor:
    reader = (node.index, position)
    return cut_tensor(
        tensor, {k: groups.stays(Axis(t, k, reader)) for k in range(len(tensor.shape))}
    )


def _folded_bias(
    op: Op, node: Node, sums: WeightedSum, groups: Groups, offsets: Values
) -> dict[int, Tensor]:
    """The position and the tensor of a bias to which what channels of the input hold that do not stay
    has been added; nothing where they add 0.
    """
    role, y = weight_role(node), node.output
    t = op.inputs[role.x]
    gone = ~groups.stays(groups.channels_of(t))
    weights, distance = taps_by_filter(node), np.where(gone, offsets, 0)
    added = np.zeros(len(weights), distance.dtype)
    for part in blocks(weights):
        added[part] = (weights[part] * distance[sums.sources[part]]).sum(axis=1)
    stays = groups.stays(groups.axis_of(node, OUTPUT, len(y.shape) - 1))
    if not added[stays].any():
        return {}
    given = node.optional(role.bias)
    plain = Tensor(f"{y.name}/bias", (), BIAS[node.input(role.x).dtype])
    bias = plain if given is None else cut_tensor(given, {0: stays})
    return {role.bias: with_values(bias, (bias_of(node) + added)[stays])}
