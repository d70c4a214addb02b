"""The choices of mixed precision: each layer's weights in another width, activations in int16."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.quantize.quantization_state import QuantizationState, Weights, layers
from edgeq.quantize.scale_groups import free_groups

WIDE = "int16"  # activations

Widths = Mapping[
    str, QuantizationState
]  # name of a width -> the whole model with all its layers' weights in it


@dataclass(frozen=True)
class Change:
    """One layer's weights in another width, or one scale group of activations in int16.

    layer: the operator; for activations, the lowest tensor index of the group.
    to: name of the width, or "int16".
    """

    layer: int
    to: str


@dataclass(frozen=True, eq=False)
class Alternatives:
    """All changes to an int8 model.

    base: the int8 state.
    weights: change -> (the layer's weights, index of its bias tensor, values of the bias).
    wide: change -> the activations that become int16.
    """

    base: QuantizationState
    weights: Mapping[Change, tuple[Weights, int, npt.NDArray[np.generic]]]
    wide: Mapping[Change, frozenset[int]]

    def apply(self, changes: frozenset[Change]) -> QuantizationState:
        """The base with a set of changes made."""
        narrow = {change.layer: self.weights[change] for change in changes & self.weights.keys()}
        state = self.base.with_weights(
            {layer: weights for layer, (weights, _, _) in narrow.items()}
        )
        state = state.with_constants({bias: values for _, bias, values in narrow.values()})
        wide = {t: "int16" for change in changes & self.wide.keys() for t in self.wide[change]}
        return replace(state, dtypes={**state.dtypes, **wide})


def alternatives(base: QuantizationState, widths: Widths) -> Alternatives:
    """All single changes of a base: each layer in each width, each scale group of inner activations
    in int16.

    Some cannot be assembled, because an operator has no int16 arithmetic.

    widths: name of a width -> the state with all weights in that width.
    """
    weights = {
        Change(layer.index, name): (
            state.weights[layer.index],
            layer.bias,
            state.graph.tensors[layer.bias].array,
        )
        for name, state in widths.items()
        for layer in layers(base.graph)
    }
    ends = {*base.graph.inputs, *base.graph.outputs}
    return Alternatives(
        base, weights, {Change(min(g), WIDE): g for g in free_groups(base) if not g & ends}
    )
