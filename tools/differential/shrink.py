"""A failing case made smaller as long as it fails in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from differential.case import Case, make_case
from differential.contents import is_list, of_shape, with_values
from differential.settle import settled, with_options, with_tensor
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Quantization
from edgeq.graph.compact import without_unused
from edgeq.opkit.node import Values

Fails = Callable[[Case], bool]
SIZES = (1, 2, 3, 4)
PLAIN = 0.5  # a scale of few digits
PLAIN_OPTIONS = {"fused_activation_function": "NONE"}


@dataclass(frozen=True)
class Smaller:
    """A candidate: a model, and which of the case's inputs are still its inputs, by position."""

    model: Model
    kept: tuple[int, ...] | None = None


def shrunk(case: Case, fails: Fails, seconds: float = 60) -> Case:
    """The smallest case that was found within so many seconds and of which `fails` is true."""
    end, rng = time.monotonic() + seconds, np.random.default_rng(0)
    case = _fewer_samples(case, fails)
    improved = True
    while improved and time.monotonic() < end:
        improved = False
        for change in CHANGES:
            for graph in change(case.model.main, rng):
                if time.monotonic() > end:
                    return case
                smaller = _remade(case, graph)
                if smaller is not None and _size(smaller) < _size(case) and fails(smaller):
                    case, improved = smaller, True
                    break
    return _fewer_samples(case, fails)


def _size(case: Case) -> tuple[int, ...]:
    """What is made smaller, in order: operators, elements, lists, options, quantization, values."""
    graph = case.model.main
    odd = sum(
        (t.quantization.scale[0] != PLAIN) + (t.quantization.zero_point[0] != 0)
        for t in graph.tensors
        if t.quantization is not None
    )
    held = sum(
        int(np.count_nonzero(t.array)) for t in graph.tensors if t.constant and not is_list(t)
    )
    options = sum(
        value not in (False, 0, 1, "NONE") for op in graph.ops for _, value in op.attributes
    )
    listed = sum(int(np.abs(t.array).sum()) for t in graph.tensors if is_list(t) and t.size)
    return len(graph.ops), sum(t.size for t in graph.tensors), listed, options, odd, held


def _fewer_samples(case: Case, fails: Fails) -> Case:
    """One sample if one is enough, else the first ones that are."""
    count = len(case.inputs[0]) if case.inputs else 1
    spans = [slice(i, i + 1) for i in range(count)] + [slice(0, n) for n in range(2, count)]
    for span in spans if count > 1 else ():
        one = make_case(case.model, [x[span] for x in case.inputs])
        if fails(one):
            return one
    return case


def _remade(case: Case, graph: Graph) -> Case | None:
    """The case of a changed graph, with inputs cut or repeated to its shapes."""
    try:
        model = without_unused(settled(replace(case.model, graphs=(graph,))))
        inputs = _inputs(case, graph, model.main)
        return make_case(model, inputs)
    except (EdgeqError, ValueError, IndexError, KeyError):
        return None


def _inputs(case: Case, changed: Graph, graph: Graph) -> list[Values]:
    """The values that the inputs of a changed graph had, in their new shapes."""
    had = dict(zip(case.model.main.inputs, case.inputs, strict=True)) | dict(case.expected)
    return [
        np.stack([np.resize(x, graph.tensors[t].shape) for x in had[old]]).astype(
            graph.tensors[t].dtype
        )
        for old, t in zip(changed.inputs, graph.inputs, strict=True)
    ]


def _part(graph: Graph, first: int, last: int) -> Graph:
    """Some operators of a graph: what earlier ones computed is an input."""
    ops = graph.ops[first:last]
    written = {t for op in ops for t in op.outputs}
    read = dict.fromkeys(t for op in ops for t in op.inputs if t >= 0)
    computed = {t for op in graph.ops for t in op.outputs} | set(graph.inputs)
    inputs = [t for t in read if t in computed and t not in written and t not in graph.states]
    later = {t for op in graph.ops[last:] for t in op.inputs}
    ends = [t for t in written if t in later or t in graph.outputs]
    outputs = [t for t in ends if t not in graph.states] or [ops[-1].outputs[0]]
    return replace(graph, ops=ops, inputs=tuple(inputs), outputs=tuple(dict.fromkeys(outputs)))


def fewer_operators(graph: Graph, _: np.random.Generator) -> Iterator[Graph]:
    """Without the last operator, without the first, each one alone."""
    count = len(graph.ops)
    if count > 1:
        yield from (_part(graph, k, k + 1) for k in range(count))
        yield _part(graph, 0, count - 1)
        yield _part(graph, 1, count)


def smaller_sizes(graph: Graph, rng: np.random.Generator) -> Iterator[Graph]:
    """A size becomes smaller wherever it occurs, in lists too or not, and in options, such as the size of
    a window that covers a whole image; or in one tensor.
    """
    sizes = sorted({n for t in graph.tensors if not is_list(t) for n in t.shape}, reverse=True)
    for old in sizes:
        for new in sorted({*SIZES, old // 2, old - 1} & set(range(1, old))):
            for lists in (True, False):
                yield _resized(graph, old, new, lists, None, rng)
            yield _in_options(_resized(graph, old, new, True, None, rng), old, new)
            for t in range(len(graph.tensors)):
                yield _resized(graph, old, new, False, t, rng)


def _resized(
    graph: Graph, old: int, new: int, lists: bool, alone: int | None, rng: np.random.Generator
) -> Graph:
    tensors = list(graph.tensors)
    for i, t in enumerate(tensors):
        if is_list(t) and lists:
            tensors[i] = with_values(t, np.where(t.array == old, new, t.array))
        elif not is_list(t) and old in t.shape and alone in (None, i):
            tensors[i] = of_shape(t, tuple(new if n == old else n for n in t.shape), rng)
    return replace(graph, tensors=tuple(tensors))


def _in_options(graph: Graph, old: int, new: int) -> Graph:
    """The graph with another number where an option is an old one."""
    changed = [
        tuple((k, new if v == old and not isinstance(v, bool) else v) for k, v in op.attributes)
        for op in graph.ops
    ]
    ops = (with_options(op, options) for op, options in zip(graph.ops, changed, strict=True))
    return replace(graph, ops=tuple(ops))


def plainer_lists(graph: Graph, _: np.random.Generator) -> Iterator[Graph]:
    """Numbers of lists, all or one, as 0, 1 or one less."""
    for i, t in enumerate(graph.tensors):
        if is_list(t) and t.size:
            flat = t.array.reshape(-1)
            yield with_tensor(graph, i, with_values(t, np.zeros_like(t.array)))
            for at in range(t.size):
                for value in sorted({0, 1, int(flat[at]) - 1} & set(range(int(flat[at])))):
                    other = flat.copy()
                    other[at] = value
                    yield with_tensor(graph, i, with_values(t, other.reshape(t.shape)))


def plainer_options(graph: Graph, _: np.random.Generator) -> Iterator[Graph]:
    """Options of 1, false or, for an activation, NONE."""
    for k, op in enumerate(graph.ops):
        for at, (name, value) in enumerate(op.attributes):
            plain = {bool: False, int: 1, str: PLAIN_OPTIONS.get(name)}.get(type(value))
            if plain is not None and plain != value:
                given = (*op.attributes[:at], (name, plain), *op.attributes[at + 1 :])
                ops = (*graph.ops[:k], with_options(op, given), *graph.ops[k + 1 :])
                yield replace(graph, ops=ops)


def plainer_quantization(graph: Graph, _: np.random.Generator) -> Iterator[Graph]:
    """Scales of 0.5, one for all channels, zero points of 0."""
    for i, t in enumerate(graph.tensors):
        by = t.quantization
        if by is None:
            continue
        count = len(by.scale)
        for scale, zero in (
            ((PLAIN,) * count, (0,) * count),
            (by.scale, (0,) * count),
            ((PLAIN,) * count, by.zero_point),
        ):
            yield with_tensor(graph, i, replace(t, quantization=Quantization(scale, zero, by.axis)))


def plainer_values(graph: Graph, _: np.random.Generator) -> Iterator[Graph]:
    """Constants of zeros, or with half of them zero."""
    for i, t in enumerate(graph.tensors):
        if t.constant and not is_list(t) and t.codebook is None and t.size:
            flat = t.array.reshape(-1)
            half, other = flat.copy(), flat.copy()
            half[: t.size // 2], other[t.size // 2 :] = 0, 0
            for values in (np.zeros_like(flat), half, other):
                yield with_tensor(graph, i, with_values(t, values.reshape(t.shape)))


CHANGES = (
    fewer_operators,
    smaller_sizes,
    plainer_lists,
    plainer_options,
    plainer_quantization,
    plainer_values,
)
