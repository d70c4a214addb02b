"""What is left out of a graph with its dead channels: channels, constants, multiply-accumulates."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.dead_channels.live_part import LivePart
from edgeq.graph import Graph
from edgeq.ops import bind, count_macs


@dataclass(frozen=True)
class LayerLeftOut:
    """A layer some of whose output channels are left out. index: of the operator; channels: how many
    of `of` are left out; macs: multiply-accumulates of these and of channels that the layer does not
    read any more.
    """

    index: int
    channels: int
    of: int
    macs: int


@dataclass(frozen=True)
class LeftOut:
    """What a graph's firmware lacks beside the graph. bytes: of constants; macs: of an inference."""

    layers: tuple[LayerLeftOut, ...]
    channels: int
    bytes: int
    macs: int


def left_out(graph: Graph, live: LivePart) -> LeftOut | None:
    """What the live part lacks of a graph that can be bound; None where it is whole."""
    if live.graph == graph:  # an equal one, where it was made for an equal graph before
        return None
    found = {live.graph.ops[node.index].outputs: node for node in bind(live.graph)}
    layers = []
    for before in bind(graph):
        after = found.get(graph.ops[before.index].outputs)
        of = before.output.shape[-1] if before.output.shape else 0
        channels = of - (after.output.shape[-1] if after is not None and of else 0)
        macs = (count_macs(before) or 0) - ((count_macs(after) or 0) if after is not None else 0)
        if channels or macs:
            layers.append(LayerLeftOut(before.index, channels, of, macs))
    return LeftOut(
        tuple(layers),
        sum(layer.channels for layer in layers if layer.macs),
        _constant_bytes(graph) - _constant_bytes(live.graph),
        sum(layer.macs for layer in layers),
    )


def _constant_bytes(graph: Graph) -> int:
    """Bytes of the constants that operators read, each once."""
    read = {t for op in graph.ops for t in op.inputs if t >= 0 and graph.tensors[t].constant}
    return sum(tensor.stored_bytes for tensor in {graph.tensors[t] for t in read})
