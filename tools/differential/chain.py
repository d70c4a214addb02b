"""Several operators in a row: the output of one becomes the input of another, in its shape and
quantization.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from differential.contents import is_list, of_shape
from differential.settle import settled
from differential.vary import vary
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, Tensor
from edgeq.graph.compact import without_unused

Generator = np.random.Generator
Seeds = Mapping[str, Sequence[Model]]
LONGEST = 4  # operators that are appended to a case
TRIES = 4  # candidates for each


def draw_model(seeds: Seeds, kinds: Sequence[str], rng: Generator) -> Model:
    """A random model of one of the operators `kinds`, with others of them behind it one time in
    four.
    """
    model = vary(_drawn(seeds, kinds, rng), rng)
    if rng.random() < 0.25:
        for _ in range(int(rng.integers(1, LONGEST))):
            model = _longer(model, seeds, kinds, rng)
        if rng.random() < 0.5:
            model = vary(model, rng)
    return without_unused(model)


def _drawn(seeds: Seeds, kinds: Sequence[str], rng: Generator) -> Model:
    models = seeds[kinds[rng.integers(len(kinds))]]
    return models[rng.integers(len(models))]


def _longer(model: Model, seeds: Seeds, kinds: Sequence[str], rng: Generator) -> Model:
    """The model with one more operator that takes its first output; as it was where none fits."""
    for _ in range(TRIES):
        following = _drawn(seeds, kinds, rng)
        try:
            return settled(joined(model, following, rng))
        except (EdgeqError, ValueError):
            continue
    return model


def joined(first: Model, second: Model, rng: Generator) -> Model:
    """Both models as one: the first output of `first` is an input of `second`, whose other tensors
    take its sizes. Raises ValueError where no input has its type.
    """
    a, b = first.main, second.main
    if len(first.graphs) > 1 or len(second.graphs) > 1:
        raise ValueError("models of several graphs are not joined")
    link = a.outputs[0]
    y = a.tensors[link]
    fitting = [t for t in b.inputs if b.tensors[t].dtype == y.dtype]
    if not fitting:
        raise ValueError("no input has its type")
    at = int(fitting[rng.integers(len(fitting))])
    tensors = [_fitted(t, b.tensors[at], y, rng) for t in b.tensors]
    index = {t: len(a.tensors) + t for t in range(len(tensors))} | {-1: -1, at: link}

    def moved(some: Sequence[int]) -> tuple[int, ...]:
        return tuple(index[t] for t in some)

    ops = tuple(replace(op, inputs=moved(op.inputs), outputs=moved(op.outputs)) for op in b.ops)
    inputs = (*a.inputs, *moved([t for t in b.inputs if t != at]))
    outputs = (*a.outputs[1:], *moved(b.outputs))
    named = tuple(replace(t, name=f"{t.name}{len(a.ops)}") for t in tensors)
    graph = Graph((*a.tensors, *named), (*a.ops, *ops), inputs, outputs)
    return replace(first, graphs=(graph,), signatures=())


def _fitted(tensor: Tensor, was: Tensor, becomes: Tensor, rng: Generator) -> Tensor:
    """A tensor of the second model with the sizes of the first's output in place of its input's."""
    if is_list(tensor) or len(was.shape) != len(becomes.shape):
        return tensor
    sizes = dict(zip(was.shape, becomes.shape, strict=True))
    shape = tuple(sizes.get(n, n) for n in tensor.shape)
    if tensor.quantization == was.quantization and tensor.dtype == was.dtype:
        tensor = replace(tensor, quantization=becomes.quantization)
    return tensor if shape == tensor.shape else of_shape(tensor, shape, rng)
