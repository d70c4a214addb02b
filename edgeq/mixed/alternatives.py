"""What each layer could be: its weights in another width, its output in 16 bits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from edgeq.quantize.groups import fixed_output, groups
from edgeq.quantize.state import Quantizing, Weights, layers

BASE = "int8"
WIDE = "int16"  # activations

Widths = Mapping[str, Quantizing]  # name of a width -> the whole model with all its layers' weights in it


@dataclass(frozen=True)
class Change:
    """One layer's weights in another width, or one group of activations in int16. layer: operator, or lowest tensor."""

    layer: int
    to: str


@dataclass(frozen=True, eq=False)
class Alternatives:
    """base: all int8. weights: change -> a layer's weights, bias tensor and its content. wide: change -> tensors."""

    base: Quantizing
    weights: Mapping[Change, tuple[Weights, int, bytes]]
    wide: Mapping[Change, frozenset[int]]

    def apply(self, changes: frozenset[Change]) -> Quantizing:
        """The base with some changes made."""
        state = self.base
        tensors = list(state.graph.tensors)
        chosen = dict(state.weights)
        for change in changes & self.weights.keys():
            chosen[change.layer], bias, content = self.weights[change]
            tensors[bias] = replace(tensors[bias], buffer=content)
        wide = {t: "int16" for change in changes & self.wide.keys() for t in self.wide[change]}
        graph = replace(state.graph, tensors=tuple(tensors))
        model = replace(state.model, graphs=(graph, *state.model.graphs[1:]))
        return replace(state, model=model, weights=chosen, dtypes={**state.dtypes, **wide})


def alternatives(base: Quantizing, widths: Widths, *, wide: bool, works: Callable[[Quantizing], bool]) -> Alternatives:
    """All single changes of a base: each layer in each width, and with `wide` each group of activations in int16.

    works: whether a state can be assembled; layers without int16 arithmetic drop out here.
    """
    weights: dict[Change, tuple[Weights, int, bytes]] = {}
    for name, state in widths.items():
        for layer in layers(base.graph):
            buffer = state.graph.tensors[layer.bias].buffer
            assert buffer is not None
            weights[Change(layer.index, name)] = (state.weights[layer.index], layer.bias, buffer)
    tensors = {Change(min(group), WIDE): group for group in _free(base)} if wide else {}
    all_of = Alternatives(base, weights, tensors)
    return replace(all_of, wide={c: g for c, g in tensors.items() if works(all_of.apply(frozenset({c})))})


def _free(state: Quantizing) -> list[frozenset[int]]:
    """Groups of computed tensors whose width can be chosen: not the model's inputs and outputs."""
    ends = {*state.graph.inputs, *state.graph.outputs}
    return [
        group
        for group in groups(state.graph)
        if not group & ends
        and all(t in state.ranges for t in group)
        and not any(fixed_output(state.graph, t, "int8") for t in group)
    ]
