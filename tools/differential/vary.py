"""Random changes of a model: sizes, types, quantization, options, constants.

A change that leaves a model which edgeq refuses is undone, so the operators' own checks say what is
possible, and no operator is named here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from differential.attempt import Impossible, attempt, pick
from differential.contents import (
    QUANTIZED,
    is_list,
    of_shape,
    random_quantization,
    refilled,
    with_values,
)
from differential.settle import with_options, with_tensor
from differential.vary_quantization import near_scale, other_quantization, scaled
from edgeq.graph import Graph, Model, Op, Quantization, Tensor, schema
from edgeq.graph.model import AttributeValue
from edgeq.ops import operator

Generator = np.random.Generator
Change = Callable[[Graph, Generator], Graph]

SIZES = (1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 20, 24, 31, 32, 33, 40)
FLOATS = (0.0, 0.01, 0.1, 0.125, 0.3, 1.0, 1.7, -0.2)


def vary(model: Model, rng: Generator) -> Model:
    """The model after one to six random changes."""
    for _ in range(int(rng.integers(1, 7))):
        change = CHANGES[rng.integers(len(CHANGES))]
        model = attempt(model, lambda graph, change=change: change(graph, rng))
    return model


def other_sizes(graph: Graph, rng: Generator) -> Graph:
    """A size that occurs becomes another wherever it occurs, or in one tensor alone; so do half of
    the numbers in lists that equal it.
    """
    data = [t for t in graph.tensors if not is_list(t) and t.shape]
    sizes = sorted({n for t in data for n in t.shape})
    if not sizes:
        raise Impossible
    old, new = int(rng.choice(sizes)), int(rng.choice(SIZES))
    everywhere, alone = rng.random() < 0.7, int(rng.integers(len(graph.tensors)))
    tensors = [
        _resized(t, old, new, rng) if everywhere or i == alone else t
        for i, t in enumerate(graph.tensors)
    ]
    return replace(graph, tensors=tuple(tensors))


def _resized(tensor: Tensor, old: int, new: int, rng: Generator) -> Tensor:
    if is_list(tensor):
        values = tensor.array.copy()
        values[(values == old) & (rng.random(values.shape) < 0.5)] = new
        return with_values(tensor, values)
    shape = tuple(new if n == old else n for n in tensor.shape)
    return tensor if shape == tensor.shape else of_shape(tensor, shape, rng)


def other_rank(graph: Graph, rng: Generator) -> Graph:
    """An axis more or less in every tensor of data, or in one."""
    everywhere, alone = rng.random() < 0.6, int(rng.integers(len(graph.tensors)))
    more, size, tensors = rng.random() < 0.6, int(rng.integers(1, 4)), list(graph.tensors)
    at = int(rng.integers(0, 3))
    for i, t in enumerate(tensors):
        if is_list(t) or not (everywhere or i == alone) or (t.quantization or _ONE).per_channel:
            continue
        if more:
            tensors[i] = of_shape(t, (*t.shape[:at], size, *t.shape[at:]), rng)
        elif t.shape:
            tensors[i] = of_shape(t, (*t.shape[:at], *t.shape[at + 1 :]), rng)
    return replace(graph, tensors=tuple(tensors))


_ONE = Quantization((1.0,), (0,))


def other_list(graph: Graph, rng: Generator) -> Graph:
    """One number of a list of sizes, axes or paddings."""
    at = pick([is_list(t) and t.size for t in graph.tensors], rng)
    values = graph.tensors[at].array.copy()
    place = int(rng.integers(values.size))
    step = rng.choice([-2, -1, 1, 1, 2, 3])
    values.reshape(-1)[place] = (
        rng.integers(-1, 5) if rng.random() < 0.3 else (values.reshape(-1)[place] + step)
    )
    return with_tensor(graph, at, with_values(graph.tensors[at], values))


def other_option(graph: Graph, rng: Generator) -> Graph:
    """One option of one operator."""
    at = pick([op.attributes for op in graph.ops], rng)
    op = graph.ops[at]
    place = int(rng.integers(len(op.attributes)))
    name, value = op.attributes[place]
    changed = (
        *op.attributes[:place],
        (name, _other(name, value, rng)),
        *op.attributes[place + 1 :],
    )
    return _with(graph, at, with_options(op, changed))


def _other(name: str, value: AttributeValue, rng: Generator) -> AttributeValue:
    if name in schema.ENUMS:
        names = sorted(schema.enum_values(schema.ENUMS[name]))
        return names[rng.integers(len(names))]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return int(rng.choice([value + 1, value - 1, 1, 2, 3, 4, 0, -1]))
    if isinstance(value, float):
        return float(np.float32(rng.choice(FLOATS)))
    return value


def _with(graph: Graph, at: int, op: Op) -> Graph:
    return replace(graph, ops=(*graph.ops[:at], op, *graph.ops[at + 1 :]))


def other_types(graph: Graph, rng: Generator) -> Graph:
    """Another row of the type rules of a single operator."""
    if len(graph.ops) != 1:
        raise Impossible
    (op,) = graph.ops
    known, given = operator(op.kind), [t for t in op.inputs if t >= 0]
    rows = [row for row in known.types.items() if len(row[0]) == len(given)]
    inputs, outputs = rows[pick([True] * len(rows), rng)]
    if outputs[1:] == ("...",):
        outputs = outputs[:1] * len(op.outputs)
    wanted = dict(zip(given, inputs, strict=True)) | {
        t: str(rng.choice(dtype.split("|"))) for t, dtype in zip(op.outputs, outputs, strict=False)
    }
    tensors = list(graph.tensors)
    for t, dtype in wanted.items():
        tensors[t] = _of_type(tensors[t], dtype, rng)
    first = wanted.get(op.outputs[0], ""), tuple(inputs[:2])
    version = known.versions.get((first[0],), known.versions.get(first[1], op.version))
    return _with(replace(graph, tensors=tuple(tensors)), 0, replace(op, version=version))


def _of_type(tensor: Tensor, dtype: str, rng: Generator) -> Tensor:
    if tensor.dtype == dtype:
        return tensor
    by = tensor.quantization
    if dtype not in QUANTIZED:
        by = by if dtype in ("int32", "int64") and tensor.constant else None
    elif by is None or not by.per_channel:
        by = random_quantization(dtype, rng)
    changed = replace(tensor, dtype=dtype, quantization=by, codebook=None)
    if is_list(tensor):
        return with_values(changed, tensor.array)
    if tensor.constant:
        return refilled(with_values(changed, np.zeros(tensor.shape)), rng)
    if tensor.initial is not None:
        return with_values(changed, rng.integers(0, 2, tensor.shape))
    return changed


def other_values(graph: Graph, rng: Generator) -> Graph:
    """Other values of a constant that is no list."""
    at = pick([t.constant and not is_list(t) for t in graph.tensors], rng)
    return with_tensor(graph, at, refilled(graph.tensors[at], rng))


def other_constant(graph: Graph, rng: Generator) -> Graph:
    """An input of the model becomes a constant, or a constant an input."""
    if rng.random() < 0.5:
        at = pick([t.constant and not is_list(t) for t in graph.tensors], rng)
        tensor = replace(graph.tensors[at], buffer=None, codebook=None)
        return replace(with_tensor(graph, at, tensor), inputs=(*graph.inputs, at))
    if len(graph.inputs) < 2:
        raise Impossible
    at = int(rng.choice(graph.inputs))
    empty = with_values(replace(graph.tensors[at], buffer=b""), np.zeros(graph.tensors[at].shape))
    inputs = tuple(t for t in graph.inputs if t != at)
    return replace(with_tensor(graph, at, refilled(empty, rng)), inputs=inputs)


def without_optional(graph: Graph, rng: Generator) -> Graph:
    """An operator without one of its later inputs, such as a bias."""
    at = pick([len(op.inputs) > 2 for op in graph.ops], rng)
    inputs = list(graph.ops[at].inputs)
    inputs[int(rng.integers(2, len(inputs)))] = -1
    return _with(graph, at, replace(graph.ops[at], inputs=tuple(inputs)))


CHANGES: tuple[Change, ...] = (
    *(other_sizes,) * 4,
    other_rank,
    *(other_list,) * 2,
    *(other_option,) * 3,
    *(other_types,) * 2,
    *(other_quantization,) * 3,
    *(near_scale,) * 2,
    *(other_values,) * 2,
    other_constant,
    without_optional,
    scaled,
)
"""The more often a change is here, the more often it is made."""
