"""Channels of activations made to fill their ranges alike, by factors moved through neighbouring layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op
from edgeq.graph.model import CHANNEL_FACTORS
from edgeq.ops import operator, resolve, supported
from edgeq.quantize.equalize import channels_met, divide_outputs, homogeneous, multiply_inputs
from edgeq.quantize.observe import activations
from edgeq.quantize.state import Floats, Layer, Quantizing, is_activation, layers, repeated_weights

FINENESS = 16  # steps in which a factor halves
STRENGTH = 0.75  # where a layer that reads the channels mixes them
LEAST = 1 / 64  # no channel is raised more than this many times
SHARE = 99.9  # percentile of a channel's magnitudes that counts as its range


@dataclass(frozen=True)
class Stream:
    """Activations whose channels can only be scaled together, the layers that write them and those that read them."""

    tensors: tuple[int, ...]
    writers: tuple[Layer, ...]
    readers: tuple[Layer, ...]


def fill_ranges(model: Model, samples: Samples, strength: float = STRENGTH) -> Model:
    """The same float function, whose weak channels use more of the integers that all channels of a tensor share.

    Channel i of a stream's activations is divided by (r_i / max r) ** a, r its range on the samples, and what meets it
    in the layers that read them multiplied. The layers that write them have a scale for each channel, so nothing is
    lost there. Where each reader filters channels by themselves a is 1 and nothing is lost either; else their weights
    of weak channels shrink against the others', and a is `strength` (as in SmoothQuant, Xiao et al. 2023, equation 4,
    which moves factors to the weights alone).
    """
    found = tuple(streams(model.main))
    ranges = channel_ranges(model, samples, [t for stream in found for t in stream.tensors])
    steps = [_steps(model, stream, ranges, strength) for stream in found]
    entry = (CHANNEL_FACTORS, b"".join(n.tobytes() for n in steps))
    return with_factors(replace(model, metadata=(*model.metadata, entry)) if found else model)


def _steps(model: Model, stream: Stream, ranges: Mapping[int, Floats], strength: float) -> npt.NDArray[np.uint8]:
    """How often each channel's factor is halved, in parts of `FINENESS`."""
    met = [channels_met(model.main, layer) for layer in stream.readers]
    alone = all(len(set(row)) == 1 for channel in met for row in channel.tolist())
    relative = np.max([ranges[t] / max(float(ranges[t].max()), 1e-30) for t in stream.tensors], axis=0)
    wanted = np.log2(np.where(relative > 0, np.clip(relative, LEAST, 1.0), 1.0)) * (1.0 if alone else strength)
    return np.asarray(np.round(-wanted * FINENESS), np.uint8)


def with_factors(model: Model) -> Model:
    """A float model with the factors moved that its metadata `CHANNEL_FACTORS` tell: a byte n for each channel of each
    of its streams, by which the channel is divided by 2 ** (-n / `FINENESS`). Without them, or with more or fewer, as
    it is.
    """
    found = tuple(streams(model.main))
    steps = np.frombuffer(dict(model.metadata).get(CHANNEL_FACTORS, b""), np.uint8)
    channels = [model.main.tensors[stream.tensors[0]].shape[-1] for stream in found]
    if not found or len(steps) != sum(channels):
        return model
    state = Quantizing(model)
    for stream, n in zip(found, np.split(steps, np.cumsum(channels)[:-1]), strict=True):
        state = _moved(state, stream, 2.0 ** (-n.astype(np.float64) / FINENESS))
    return state.model


def streams(graph: Graph) -> Iterator[Stream]:
    """The streams in which factors can move: of homogeneous operators, and of layers that share no weights."""
    own = {layer.index: layer for layer in layers(graph) if layer.index not in repeated_weights(graph)}
    for tensors in _joined(graph):
        writing = [k for k, op in enumerate(graph.ops) if tensors & set(op.outputs)]
        reading = [k for k, op in enumerate(graph.ops) if tensors & set(op.inputs)]
        writers = tuple(own[k] for k in writing if k in own)
        readers = tuple(own[k] for k in reading if k in own)
        within = all(k in own or _passes(graph, graph.ops[k]) for k in {*writing, *reading})
        ends = tensors & {*graph.inputs, *graph.outputs}
        free = writers and readers and within and not ends and all(homogeneous(graph, k) for k in writing)
        if free and all(channels_met(graph, layer).shape[1] for layer in readers):
            yield Stream(tuple(sorted(tensors)), writers, readers)


def channel_ranges(model: Model, samples: Samples, tensors: Sequence[int]) -> dict[int, Floats]:
    """Tensor -> for each channel the largest over blocks of samples of the magnitudes' `SHARE` percentile."""
    found: dict[int, Floats] = {}
    for values in activations(model, samples, tensors):
        for t, x in values.items():
            r = np.percentile(np.abs(x.reshape(-1, x.shape[-1])), SHARE, axis=0)
            found[t] = np.maximum(found.get(t, r), r)
    return found


def _passes(graph: Graph, op: Op) -> bool:
    """Whether an operator carries channels from its inputs, all of them activations, to outputs of as many channels."""
    known = op.kind in supported() and getattr(operator(op.kind), "HOMOGENEOUS", False)
    ends = [graph.tensors[t] for t in _ends(graph, op)]
    alike = bool(known) and all(is_activation(t) for t in ends) and len({t.shape[-1:] for t in ends}) == 1
    return alike and (len(ends) == len(op.inputs) + len(op.outputs) or _leaves_channels(graph, op))


def _ends(graph: Graph, op: Op) -> list[int]:
    """What an operator reads and writes, but for axes, shapes and the like."""
    fixed = {t for t in op.inputs if graph.tensors[t].constant and graph.tensors[t].dtype == "int32"}
    return [t for t in (*op.inputs, *op.outputs) if t >= 0 and t not in fixed]


def _leaves_channels(graph: Graph, op: Op) -> bool:
    """Whether an operator with axes or a shape keeps channels where they are: seen by feeding the channels' numbers."""
    node = resolve(graph, graph.ops.index(op))
    numbers = np.arange(node.output.shape[-1], dtype=np.float32)
    given = [x.array[None] if x.constant else np.broadcast_to(numbers, (1, *x.shape)) for x in node.inputs if x]
    return bool(np.all(operator(op.kind).simulate(node, *given) == numbers))


def _joined(graph: Graph) -> list[set[int]]:
    """Activations in groups that homogeneous operators join."""
    groups = {t: {t} for t, tensor in enumerate(graph.tensors) if is_activation(tensor)}
    for op in graph.ops:
        if _passes(graph, op):
            whole = set().union(*(groups[t] for t in _ends(graph, op)))
            groups |= dict.fromkeys(whole, whole)
    return list({id(group): group for group in groups.values()}.values())


def _moved(state: Quantizing, stream: Stream, factor: Floats) -> Quantizing:
    """The factor taken out of what writes the stream and put into what reads it."""
    for layer in stream.writers:
        state = divide_outputs(state, layer, factor)
    for layer in stream.readers:
        state = multiply_inputs(state, layer, factor)
    return state
