"""What may pass which operator: each rule computes on the base of a view what the operator computes
on the view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

import numpy as np

from edgeq.frontends.axes_view import NEW, AxesView
from edgeq.frontends.channels_last import Rearranging, Rule
from edgeq.graph import Op, Tensor

_UNARY = (
    "ABS CEIL COS ELU EXP FLOOR GELU HARD_SWISH LEAKY_RELU LOG LOGISTIC NEG RELU RELU6 RELU_0_TO_1 "
    "RELU_N1_TO_1 ROUND RSQRT SIN SQRT SQUARE TANH"
).split()
_BINARY = "ADD DIV FLOOR_DIV MAXIMUM MINIMUM MUL POW PRELU SQUARED_DIFFERENCE SUB".split()
_REDUCING = "MEAN REDUCE_MAX REDUCE_MIN REDUCE_PROD SUM".split()
_RESHAPING = "EXPAND_DIMS RESHAPE SQUEEZE".split()
_BY_PAIRS = "PAD PADV2".split()


def _transpose(state: Rearranging, op: Op) -> bool:
    x, axes = op.inputs
    if not state.tensors[axes].constant:
        return False
    order = [int(axis) for axis in state.tensors[axes].array.ravel()]
    state.views[op.outputs[0]] = state.view(x).transposed(order)
    return True


def _reshape(state: Rearranging, op: Op) -> bool:
    """Axes of size 1 come and go; a row for a FULLY_CONNECTED is kept until that is met."""
    x, y = op.inputs[0], op.outputs[0]
    if state.tensors[x].constant:
        return False
    seen, shape = state.view(x), state.tensors[y].shape
    kept = seen.reshaped(shape)
    if kept is not None:
        state.views[y] = kept
        return True
    readers = state.readers[y]
    row = shape == (1, prod(shape)) and [op.kind for op in readers] == ["FULLY_CONNECTED"]
    if not row or not seen.moves or y in state.graph.outputs:
        return False
    if readers[0].inputs[0] != y or not _may_turn(state, readers[0]):
        return False
    state.flat[y] = seen
    return True


def _may_turn(state: Rearranging, op: Op) -> bool:
    """Whether the columns of a FULLY_CONNECTED's weights can be put in another order."""
    weights = state.tensors[op.inputs[1]]
    return weights.constant and weights.dtype == "float32" and len(weights.shape) == 2


def _fully_connected(state: Rearranging, op: Op) -> bool:
    """The columns of the weights are put in the order of the elements, not the elements in theirs."""
    x = op.inputs[0]
    seen = state.flat.pop(x, None)
    if seen is None and not dict(op.attributes).get("keep_num_dims"):
        seen = state.views.get(x)
    if seen is None or not seen.moves or not _may_turn(state, op):
        return False
    weights = state.tensors[op.inputs[1]]
    units, size = weights.shape
    if size != prod(seen.shape):
        return False
    places = np.arange(size).reshape(seen.base_shape).transpose(seen.permutation()).ravel()
    turned = np.empty((units, size), np.float32)
    turned[:, places] = weights.array
    by = state.constant(weights.name, turned)
    row = state.add(replace(state.tensors[x], shape=(1, size)))
    state.reshape(seen.base, row)
    state.ops.append(replace(op, inputs=(row, by, *op.inputs[2:])))
    return True


def _unary(state: Rearranging, op: Op) -> bool:
    seen = state.views.get(op.inputs[0])
    if seen is None:
        return False
    state.on_base(op, seen, (seen.base,))
    return True


def _binary(state: Rearranging, op: Op) -> bool:
    """One operand leads: it has the result's shape; the other is arranged as its base is, which must
    not move elements that are computed.
    """
    shape = state.tensors[op.outputs[0]].shape
    for lead in (0, 1):
        seen, other = state.views.get(op.inputs[lead]), op.inputs[1 - lead]
        if seen is None or seen.shape != shape or other in state.flat:
            continue
        # Both may be broadcast by the result's leading axes; a rank below it means axes of size 1.
        missing = (NEW,) * (len(shape) - len(state.tensors[other].shape))
        given = state.view(other)
        wanted = seen.on_base(replace(given, order=(*missing, *given.order)))
        if wanted.moves and not state.tensors[wanted.base].constant:
            continue
        name = state.tensors[other].name
        operands = [seen.base, state.arranged(wanted, name)]
        state.on_base(op, seen, tuple(operands if lead == 0 else reversed(operands)))
        return True
    return False


def _reduce(state: Rearranging, op: Op) -> bool:
    seen, by = state.views.get(op.inputs[0]), state.tensors[op.inputs[1]]
    if seen is None or not by.constant:
        return False
    over = {int(axis) % len(seen.order) for axis in by.array.ravel()}
    axes = sorted(seen.order[axis] for axis in over if seen.order[axis] != NEW)
    if not axes:
        return False
    left = tuple(1 if axis in axes else n for axis, n in enumerate(seen.base_shape))
    keeps = bool(dict(op.attributes).get("keep_dims"))
    order = tuple(
        NEW if axis in over else seen.order[axis]
        for axis in range(len(seen.order))
        if keeps or axis not in over
    )
    inputs = (seen.base, state.constant(by.name, np.array(axes, np.int32)))
    state.on_base(op, AxesView(NEW, left, order), inputs, keep_dims=True)
    return True


def _concatenation(state: Rearranging, op: Op) -> bool:
    views = [state.view(t) for t in op.inputs]
    first, rank = views[0], len(views[0].order)
    stated = dict(op.attributes)["axis"]
    assert isinstance(stated, int)
    axis = first.order[stated % rank]
    if all(seen.base in op.inputs for seen in views) or axis == NEW:
        return False
    if any(
        seen.order != first.order or _beside(seen, axis) != _beside(first, axis) for seen in views
    ):
        return False
    whole = list(first.base_shape)
    whole[axis] = sum(seen.base_shape[axis] for seen in views)
    wanted = replace(first, base_shape=tuple(whole))
    state.on_base(op, wanted, tuple(seen.base for seen in views), axis=axis)
    return True


def _beside(seen: AxesView, axis: int) -> tuple[int, ...]:
    """The base's shape without an axis."""
    return (*seen.base_shape[:axis], *seen.base_shape[axis + 1 :])


def _pad(state: Rearranging, op: Op) -> bool:
    seen, by = state.views.get(op.inputs[0]), state.tensors[op.inputs[1]]
    if seen is None or not by.constant:
        return False
    pairs = by.array
    turned = np.zeros((len(seen.base_shape), 2), pairs.dtype)
    for axis, pair in zip(seen.order, pairs, strict=True):
        if axis != NEW:
            turned[axis] = pair
        elif pair.any():
            return False
    grown = tuple(n + int(pair.sum()) for n, pair in zip(seen.base_shape, turned, strict=True))
    inputs = (seen.base, state.constant(by.name, turned), *op.inputs[2:])
    state.on_base(op, replace(seen, base_shape=grown), inputs)
    return True


def _slice(state: Rearranging, op: Op) -> bool:
    seen, limits = state.views.get(op.inputs[0]), [state.tensors[t] for t in op.inputs[1:]]
    if seen is None or not all(t.constant for t in limits):
        return False
    result = state.tensors[op.outputs[0]]
    begin, size = np.zeros(len(seen.base_shape), np.int32), np.array(seen.base_shape, np.int32)
    for position, axis in enumerate(seen.order):
        if axis != NEW:
            begin[axis], size[axis] = limits[0].array[position], result.shape[position]
    wanted = AxesView(NEW, tuple(map(int, size)), _without_units(seen, result))
    inputs = (
        seen.base,
        state.constant(limits[0].name, begin),
        state.constant(limits[1].name, size),
    )
    state.on_base(op, wanted, inputs)
    return True


def _without_units(seen: AxesView, result: Tensor) -> tuple[int, ...]:
    """The view's order for a result of the same rank, some axes of which have become 1."""
    return tuple(NEW if n == 1 else axis for axis, n in zip(seen.order, result.shape, strict=True))


SINKING: Mapping[str, Rule] = {
    "TRANSPOSE": _transpose,
    "FULLY_CONNECTED": _fully_connected,
    "CONCATENATION": _concatenation,
    "SLICE": _slice,
    **dict.fromkeys(_RESHAPING, _reshape),
    **dict.fromkeys(_UNARY, _unary),
    **dict.fromkeys(_BINARY, _binary),
    **dict.fromkeys(_REDUCING, _reduce),
    **dict.fromkeys(_BY_PAIRS, _pad),
}
"""Kind of operator -> what may pass it; a TRANSPOSE stays in front of all others."""
