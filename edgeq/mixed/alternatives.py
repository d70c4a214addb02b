"""What each layer could be: its weights in another width, its output in 16 bits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.quantize.groups import choosable
from edgeq.quantize.state import Quantizing, Weights, layers

WIDE = "int16"  # activations

Widths = Mapping[str, Quantizing]  # name of a width -> the whole model with all its layers' weights in it


@dataclass(frozen=True)
class Change:
    """One layer's weights in another width, or one group of activations in int16. layer: operator, or lowest tensor."""

    layer: int
    to: str


@dataclass(frozen=True, eq=False)
class Alternatives:
    """base: all int8. weights: change -> a layer's weights, bias tensor and its values. wide: change -> tensors."""

    base: Quantizing
    weights: Mapping[Change, tuple[Weights, int, npt.NDArray[np.generic]]]
    wide: Mapping[Change, frozenset[int]]

    def apply(self, changes: frozenset[Change]) -> Quantizing:
        """The base with some changes made."""
        narrow = {change.layer: self.weights[change] for change in changes & self.weights.keys()}
        state = self.base.with_weights({layer: weights for layer, (weights, _, _) in narrow.items()})
        state = state.with_constants({bias: values for _, bias, values in narrow.values()})
        wide = {t: "int16" for change in changes & self.wide.keys() for t in self.wide[change]}
        return replace(state, dtypes={**state.dtypes, **wide})


def alternatives(base: Quantizing, widths: Widths) -> Alternatives:
    """All single changes of a base: each layer in each width, each inner group of activations in int16.

    Some cannot be assembled, as of layers that have no int16 arithmetic.
    """
    weights = {
        Change(layer.index, name): (state.weights[layer.index], layer.bias, state.graph.tensors[layer.bias].array)
        for name, state in widths.items()
        for layer in layers(base.graph)
    }
    ends = {*base.graph.inputs, *base.graph.outputs}
    return Alternatives(base, weights, {Change(min(g), WIDE): g for g in choosable(base) if not g & ends})
