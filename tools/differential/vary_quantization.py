"""Random changes of scales and zero points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from differential.attempt import Impossible, pick
from differential.contents import QUANTIZED, random_quantization, random_scale
from differential.settle import with_tensor
from edgeq.graph import Graph, Quantization, Tensor

Generator = np.random.Generator

NEAR = (0.25, 0.5, 1.0, 2.0, 4.0)  # effective scales at which roundings and shifts change


def other_quantization(graph: Graph, rng: Generator) -> Graph:
    """Scale and zero point of a tensor, and half of the time of all that had the same ones."""
    at = pick([t.quantization and t.dtype in QUANTIZED for t in graph.tensors], rng)
    old = graph.tensors[at].quantization
    assert old is not None
    new = random_quantization(graph.tensors[at].dtype, rng)
    constant = graph.tensors[at].constant and graph.tensors[at].shape
    if old.per_channel or (constant and rng.random() < 0.3):
        new = _per_channel(graph.tensors[at], old, rng)
    together = rng.random() < 0.5
    tensors = [
        replace(t, quantization=new)
        if i == at or (together and t.quantization == old and t.dtype == graph.tensors[at].dtype)
        else t
        for i, t in enumerate(graph.tensors)
    ]
    return replace(graph, tensors=tuple(tensors))


def _per_channel(tensor: Tensor, old: Quantization, rng: Generator) -> Quantization:
    """Other scales for the slices of weights, or one for all."""
    axis = old.axis if old.per_channel else int(rng.choice([0, len(tensor.shape) - 1]))
    count = 1 if old.per_channel and rng.random() < 0.2 else tensor.shape[axis]
    middle = np.log10(old.scale[0])
    scales = np.float32(10.0 ** (middle + rng.uniform(-1, 1, count)))
    return Quantization(tuple(map(float, scales)), (0,) * count, axis)


def near_scale(graph: Graph, rng: Generator) -> Graph:
    """An output whose effective scale lies at a power of two, or by a last bit beside it."""
    at = int(rng.integers(len(graph.ops)))
    op = graph.ops[at]
    given = [graph.tensors[t].quantization for t in op.inputs if t >= 0]
    scales = [by.scale[0] for by in given if by is not None][:2]
    y = graph.tensors[op.outputs[0]]
    if not scales or y.quantization is None:
        raise Impossible
    product = float(np.prod(scales[: int(rng.integers(1, 3))]))
    scale = np.float32(product / rng.choice(NEAR))
    toward = np.float32(rng.choice([0, np.inf]))
    for _ in range(int(rng.integers(0, 3))):
        scale = np.nextafter(scale, toward)
    by = replace(y.quantization, scale=(float(scale),) * len(y.quantization.scale))
    return with_tensor(graph, op.outputs[0], replace(y, quantization=by))


def scaled(graph: Graph, rng: Generator) -> Graph:
    """All scales of the graph by one factor, as of a model in other units."""
    factor = random_scale(rng)
    tensors = []
    for t in graph.tensors:
        by = t.quantization
        if by is not None:
            scales = tuple(float(np.float32(s * factor)) for s in by.scale)
            t = replace(t, quantization=replace(by, scale=scales))
        tensors.append(t)
    return replace(graph, tensors=tuple(tensors))
