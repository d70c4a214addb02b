"""Activation equalization: factors are moved between layers so that all channels of an activation
use the range of their common scale.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op
from edgeq.graph.model import CHANNEL_FACTORS
from edgeq.ops import operator, resolve, supported
from edgeq.quantize.cross_layer_equalization import (
    divide_outputs,
    homogeneous,
    input_channels,
    multiply_inputs,
)
from edgeq.quantize.observe import activations
from edgeq.quantize.quantization_state import (
    Floats,
    Layer,
    QuantizationState,
    is_activation,
    layers,
    repeated_weights,
)

STEPS_PER_HALVING = 16  # recorded steps per halving of a factor
STRENGTH = 0.75  # exponent a where a reader mixes channels
MIN_RELATIVE_RANGE = 1 / 64  # smaller relative ranges are raised to it
PERCENTILE = 99.9  # of a channel's magnitudes: its range


@dataclass(frozen=True)
class EqualizationGroup:
    """Activations whose channels must be scaled by the same factors, such as the operands and the
    result of an ADD.

    tensors: the activations.
    writers: layers whose output they are.
    readers: layers that read them.
    """

    tensors: tuple[int, ...]
    writers: tuple[Layer, ...]
    readers: tuple[Layer, ...]


def equalize_activations(model: Model, samples: Samples, strength: float = STRENGTH) -> Model:
    """A model of the same float function, in which weak activation channels are scaled up towards
    the range of the strongest channel of their tensor.

    Channel i of a group's activations is divided by (r_i / max r) ** a, r its range on the samples,
    and the weights that read it are multiplied by that factor. The layers that write the channels
    have per-channel scales, so nothing is lost there. Where every reader filters channels
    separately (depthwise), a = 1 and nothing is lost there either. Elsewhere the weights of weak
    channels become smaller than those of others, and a = `strength`, as in SmoothQuant (Xiao et al.
    2023, equation 4), which moves factors into the weights only.

    The factors are recorded in the metadata `CHANNEL_FACTORS`.
    """
    found = tuple(equalization_groups(model.main))
    ranges = channel_ranges(model, samples, [t for stream in found for t in stream.tensors])
    steps = [_steps(model, stream, ranges, strength) for stream in found]
    entry = (CHANNEL_FACTORS, b"".join(n.tobytes() for n in steps))
    return apply_channel_factors(
        replace(model, metadata=(*model.metadata, entry)) if found else model
    )


def _steps(
    model: Model, stream: EqualizationGroup, ranges: Mapping[int, Floats], strength: float
) -> npt.NDArray[np.uint8]:
    """For each channel of a group, -log2 of its factor in multiples of 1 / `STEPS_PER_HALVING`, as
    uint8.
    """
    met = [input_channels(model.main, layer) for layer in stream.readers]
    alone = all(len(set(row)) == 1 for channel in met for row in channel.tolist())
    relative = np.max(
        [ranges[t] / max(float(ranges[t].max()), 1e-30) for t in stream.tensors], axis=0
    )
    wanted = np.log2(np.where(relative > 0, np.clip(relative, MIN_RELATIVE_RANGE, 1.0), 1.0)) * (
        1.0 if alone else strength
    )
    return np.asarray(np.round(-wanted * STEPS_PER_HALVING), np.uint8)


def apply_channel_factors(model: Model) -> Model:
    """A float model with the channel factors applied that its metadata `CHANNEL_FACTORS` records.

    The metadata holds a byte n for each channel of each equalization group: the channel is divided
    by 2 ** (-n / `STEPS_PER_HALVING`). Without that entry, or if its length does not fit the model,
    the model is returned unchanged.
    """
    found = tuple(equalization_groups(model.main))
    steps = np.frombuffer(dict(model.metadata).get(CHANNEL_FACTORS, b""), np.uint8)
    channels = [model.main.tensors[stream.tensors[0]].shape[-1] for stream in found]
    if not found or len(steps) != sum(channels):
        return model
    state = QuantizationState(model)
    for stream, n in zip(found, np.split(steps, np.cumsum(channels)[:-1]), strict=True):
        state = _moved(state, stream, 2.0 ** (-n.astype(np.float64) / STEPS_PER_HALVING))
    return state.model


def equalization_groups(graph: Graph) -> Iterator[EqualizationGroup]:
    """The groups of activations of a graph whose channels can be scaled: those connected by
    homogeneous operators, written and read by layers that share no weights.
    """
    own = {
        layer.index: layer for layer in layers(graph) if layer.index not in repeated_weights(graph)
    }
    for tensors in _joined(graph):
        writing = [k for k, op in enumerate(graph.ops) if tensors & set(op.outputs)]
        reading = [k for k, op in enumerate(graph.ops) if tensors & set(op.inputs)]
        writers = tuple(own[k] for k in writing if k in own)
        readers = tuple(own[k] for k in reading if k in own)
        within = all(k in own or _passes(graph, graph.ops[k]) for k in {*writing, *reading})
        ends = tensors & {*graph.inputs, *graph.outputs}
        free = (
            writers
            and readers
            and within
            and not ends
            and all(homogeneous(graph, k) for k in writing)
        )
        if free and all(input_channels(graph, layer).shape[1] for layer in readers):
            yield EqualizationGroup(tuple(sorted(tensors)), writers, readers)


def channel_ranges(model: Model, samples: Samples, tensors: Sequence[int]) -> dict[int, Floats]:
    """Tensor -> range of each channel, [channels]: the `PERCENTILE` percentile of its magnitudes,
    the largest over blocks of samples.
    """
    found: dict[int, Floats] = {}
    for values in activations(model, samples, tensors):
        for t, x in values.items():
            r = np.percentile(np.abs(x.reshape(-1, x.shape[-1])), PERCENTILE, axis=0)
            found[t] = np.maximum(found.get(t, r), r)
    return found


def _passes(graph: Graph, op: Op) -> bool:
    """Whether an operator scales each output channel as its input channel is scaled, with as many
    output as input channels.
    """
    known = op.kind in supported() and operator(op.kind).homogeneous
    ends = [graph.tensors[t] for t in _ends(graph, op)]
    alike = known and all(is_activation(t) for t in ends) and len({t.shape[-1:] for t in ends}) == 1
    return alike and (len(ends) == len(op.inputs) + len(op.outputs) or _leaves_channels(graph, op))


def _ends(graph: Graph, op: Op) -> list[int]:
    """The tensors that an operator reads and writes, without int32 constants such as axes and
    shapes.
    """
    fixed = {
        t for t in op.inputs if graph.tensors[t].constant and graph.tensors[t].dtype == "int32"
    }
    return [t for t in (*op.inputs, *op.outputs) if t >= 0 and t not in fixed]


def _leaves_channels(graph: Graph, op: Op) -> bool:
    """Whether an operator with axes or a shape keeps the channel order; found by simulating it on
    channel numbers.
    """
    node = resolve(graph, graph.ops.index(op))
    numbers = np.arange(node.output.shape[-1], dtype=np.float32)
    given = [
        x.array[None] if x.constant else np.broadcast_to(numbers, (1, *x.shape))
        for x in node.inputs
        if x
    ]
    return bool(np.all(operator(op.kind).simulate(node, *given) == numbers))


def _joined(graph: Graph) -> list[set[int]]:
    """Activations grouped by the homogeneous operators that connect them."""
    groups = {t: {t} for t, tensor in enumerate(graph.tensors) if is_activation(tensor)}
    for op in graph.ops:
        if _passes(graph, op):
            whole = set().union(*(groups[t] for t in _ends(graph, op)))
            groups |= dict.fromkeys(whole, whole)
    return list({id(group): group for group in groups.values()}.values())


def _moved(
    state: QuantizationState, stream: EqualizationGroup, factor: Floats
) -> QuantizationState:
    """The state with a group's factors divided out of the layers that write it and multiplied into
    those that read it.
    """
    for layer in stream.writers:
        state = divide_outputs(state, layer, factor)
    for layer in stream.readers:
        state = multiply_inputs(state, layer, factor)
    return state
