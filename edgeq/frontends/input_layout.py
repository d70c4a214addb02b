"""Inputs with channels first take their data with channels last, where the model's layers do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from edgeq.cleanup import clean_up
from edgeq.frontends.axes_view import AxesView, view
from edgeq.frontends.channels_last import sink_transposes
from edgeq.frontends.sinking_rules import SINKING
from edgeq.graph import Graph, Model

RANKS = (3, 4, 5)  # batch, channels, and one to three axes of space or time


@dataclass(frozen=True)
class Layout:
    """How an input's data is arranged.

    name: of the input. shape: of the .tflite's input. model: of the original's. to_model: the
    TRANSPOSE of the .tflite's data that gives the original's, with the batch axis.
    """

    name: str
    shape: tuple[int, ...]
    model: tuple[int, ...]
    to_model: tuple[int, ...]

    @property
    def changed(self) -> bool:
        return self.to_model != tuple(range(len(self.to_model)))

    @property
    def from_model(self) -> tuple[int, ...]:
        """The TRANSPOSE of the original's data that gives the .tflite's."""
        return tuple(self.to_model.index(axis) for axis in range(len(self.to_model)))


def arrange_inputs(model: Model) -> tuple[Model, tuple[Layout, ...]]:
    """The model with each TRANSPOSE as late as possible, its inputs with channels last where that
    saves one, and how each input's data is arranged.

    The outputs stay as they are. A model with control flow or state is only told about.
    """
    graph = model.main
    given = [graph.tensors[t] for t in graph.inputs]
    if len(model.graphs) > 1 or any(t.variable for t in graph.tensors):
        return model, tuple(Layout(t.name, t.shape, t.shape, _as_is(t.shape)) for t in given)
    best, chosen = _sunk(model, {}), dict[int, AxesView]()
    for t, tensor in zip(graph.inputs, given, strict=True):
        if len(tensor.shape) in RANKS:
            tried = {**chosen, t: _channels_first(t, tensor.shape)}
            found = _sunk(model, tried)
            if _cost(found.main) < _cost(best.main):
                best, chosen = found, tried
    layouts = tuple(
        _layout(tensor.name, tensor.shape, t in chosen)
        for t, tensor in zip(graph.inputs, given, strict=True)
    )
    return best, layouts


def _sunk(model: Model, inputs: Mapping[int, AxesView]) -> Model:
    graph = sink_transposes(model.main, SINKING, inputs)
    return clean_up(replace(model, graphs=(graph,))).model


def _cost(graph: Graph) -> tuple[int, int]:
    """TRANSPOSE operators, and then RESHAPE, which need no time."""
    kinds = [op.kind for op in graph.ops]
    return kinds.count("TRANSPOSE"), kinds.count("RESHAPE")


def _last(rank: int) -> tuple[int, ...]:
    """The axes of data with channels first, in the order with channels last."""
    return (0, *range(2, rank), 1)


def _as_is(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(len(shape)))


def _channels_first(t: int, shape: tuple[int, ...]) -> AxesView:
    """An input of `shape`, as a view of one whose channels are last."""
    rank = len(shape)
    last = tuple(shape[axis] for axis in _last(rank))
    return view(t, last).transposed((0, rank - 1, *range(1, rank - 1)))


def _layout(name: str, shape: tuple[int, ...], changed: bool) -> Layout:
    rank = len(shape)
    if not changed:
        return Layout(name, shape, shape, _as_is(shape))
    last = tuple(shape[axis] for axis in _last(rank))
    return Layout(name, last, shape, (0, rank - 1, *range(1, rank - 1)))
