"""TILE, or several with views between them, becomes one BROADCAST_TO between views.

Keras repeats rows and columns (UpSampling, RepeatVector, repeat) by a TILE for each axis. TFLM has
no TILE, and one copy is faster than two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from edgeq.cleanup.reshape_pairs import VIEWS
from edgeq.cleanup.rewire import read_once
from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.node import Shape
from edgeq.ops import operator

MOST_AXES = 5  # of TFLM's BROADCAST_TO


@dataclass(frozen=True)
class Factor:
    """Steps of a tensor's elements, in the order of memory: so many, each a new element of the
    source or the same again.
    """

    size: int
    repeats: bool


Factors = tuple[Factor, ...]


@dataclass(frozen=True)
class Spread:
    """A tensor as elements of an earlier one, some of them repeated."""

    source: int
    factors: Factors


def spread_tiles(graph: Graph) -> Graph:
    """The graph with TILE by constants as RESHAPE, BROADCAST_TO and RESHAPE.

    What stood before a TILE that took it over is left to `remove_dead_operators`.
    """
    tensors, once, makers = list(graph.tensors), read_once(graph), graph.makers()
    ops = list[Op]()
    for op in graph.ops:
        spread = _spread(op, tensors, once, makers)
        ops += [op] if spread is None else _broadcast(tensors, op, spread)
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops))


def _spread(
    op: Op, tensors: Sequence[Tensor], once: frozenset[int], makers: Mapping[int, Op]
) -> Spread | None:
    """What a TILE that BROADCAST_TO can stand for repeats, looking through views and TILEs that it
    alone reads; None for other operators.
    """
    times = _multiples(op, tensors)
    if times is None:
        return None
    x = op.inputs[0]
    before = makers.get(x) if x in once else None
    while before is not None and before.kind in VIEWS and before.inputs[0] in once:
        before = makers.get(before.inputs[0])
    earlier = None if before is None else _spread(before, tensors, once, makers)
    alone = Spread(x, _tiled((Factor(tensors[x].size, False),), tensors[x].shape, times))
    if earlier is not None:
        joined = Spread(earlier.source, _tiled(earlier.factors, tensors[x].shape, times))
        if 0 < len(joined.factors) <= MOST_AXES:
            return joined
    return alone if 0 < len(alone.factors) <= MOST_AXES else None


def _multiples(op: Op, tensors: Sequence[Tensor]) -> Shape | None:
    """How often a TILE repeats each axis; None for other operators, types that BROADCAST_TO does not
    take and multiples that are not known.
    """
    if op.kind != "TILE" or len(op.inputs) != 2 or len(op.outputs) != 1 or min(op.inputs) < 0:
        return None
    x, times, y = tensors[op.inputs[0]], tensors[op.inputs[1]], tensors[op.outputs[0]]
    if not times.constant or (x.dtype, "int32") not in operator("BROADCAST_TO").types:
        return None
    found = tuple(int(n) for n in times.array.ravel())
    fits = len(found) == len(x.shape) and all(n >= 1 for n in found) and x.size > 0
    same = (x.dtype, x.quantization) == (y.dtype, y.quantization)
    return found if fits and same and max(found, default=1) > 1 else None


def _tiled(factors: Factors, shape: Shape, times: Shape) -> Factors:
    """The factors of a tensor of this shape after TILE; none where an axis starts within a repeated
    step.
    """
    for axis in reversed(range(len(shape))):
        if times[axis] > 1:
            before, behind = _cut(factors, prod(shape[axis:]) * prod(times[axis + 1 :]))
            if not behind:
                return ()
            factors = _merged((*before, Factor(times[axis], True), *behind))
    return factors


def _cut(factors: Factors, size: int) -> tuple[Factors, Factors]:
    """The factors in two parts, the second of so many elements; an empty second part where no step
    can be cut there.
    """
    behind, left = list[Factor](), size
    for at in reversed(range(len(factors))):
        factor = factors[at]
        if left % factor.size == 0:
            behind.insert(0, factor)
            left //= factor.size
            if left == 1:
                return factors[:at], tuple(behind)
        elif factor.size % left == 0:
            first, second = replace(factor, size=factor.size // left), replace(factor, size=left)
            return (*factors[:at], first), (second, *behind)
        else:
            break
    return factors, ()


def _merged(factors: Factors) -> Factors:
    """Neighbours of one kind together, without steps of one element."""
    merged = list[Factor]()
    for factor in factors:
        if factor.size == 1:
            continue
        if merged and merged[-1].repeats == factor.repeats:
            merged[-1] = replace(factor, size=merged[-1].size * factor.size)
        else:
            merged.append(factor)
    return tuple(merged)


def _broadcast(tensors: list[Tensor], tile: Op, spread: Spread) -> list[Op]:
    x, y = tensors[spread.source], tensors[tile.outputs[0]]
    narrow = tuple(1 if f.repeats else f.size for f in spread.factors)
    wide = tuple(f.size for f in spread.factors)
    view = _add(tensors, replace(y, name=f"{y.name}/view", shape=narrow))
    made = _add(tensors, replace(y, name=f"{y.name}/spread", shape=wide))
    known = operator("BROADCAST_TO").versions
    return [
        reshape(tensors, spread.source, view),
        Op(
            "BROADCAST_TO",
            (view, shape_of(tensors, made)),
            (made,),
            version=known.get((x.dtype,), 2),
        ),
        reshape(tensors, made, tile.outputs[0]),
    ]


def _add(tensors: list[Tensor], tensor: Tensor) -> int:
    tensors.append(tensor)
    return len(tensors) - 1


def shape_of(tensors: list[Tensor], t: int) -> int:
    """A new constant tensor, the shape of tensor t."""
    shape = tensors[t].shape
    content = np.array(shape, "<i4").tobytes()
    return _add(tensors, Tensor(f"{tensors[t].name}/shape", (len(shape),), "int32", None, content))


def reshape(tensors: list[Tensor], x: int, y: int) -> Op:
    """A RESHAPE of tensor x to the shape of tensor y."""
    return Op("RESHAPE", (x, shape_of(tensors, y)), (y,), options_type="ReshapeOptions")
