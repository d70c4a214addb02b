"""Quantization of a model layer by layer: a layer's weights are rounded and frozen, and the layers
that are still float are trained to compensate.

QuIP# (Tseng et al. 2024, section 5) fine-tunes language models in this way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.quantize.layerwise import LayerInputs, layer_input
from edgeq.quantize.nearest_rounding import round_to_nearest
from edgeq.quantize.quantization_state import layers
from edgeq.quantize.reconstruct import round_layer, scales_to_try, solve

if TYPE_CHECKING:
    from edgeq.trainable.build import TrainableModel


def use_float_weights(built: TrainableModel, float_model: Model) -> None:
    """Resets all layers to the float model's weights and biases, without weight quantization."""
    for operator in built.weighted.values():
        for role in ("weights", "bias"):
            t = operator.settings[role]
            operator.constants.fill(str(t), float_model.main.tensors[t].array)
        operator.unquantized.assign(True)


def freezing_order(built: TrainableModel) -> list[int]:
    """The operators with weights in the order in which they are frozen: few weights first.

    Errors of many weights average out better, so the largest layers lose least when no layer is
    left to compensate for them.
    """
    return sorted(
        built.weighted,
        key=lambda index: (built.weighted[index].real_weights.shape.num_elements(), index),
    )


def freeze_layer(built: TrainableModel, index: int, samples: Samples) -> None:
    """Rounds one layer's weights by second-order rounding, for its current weights and inputs, and
    freezes them.

    index: of the operator.
    samples: the layer's inputs are computed from them by the integer model, in which layers that
        are not frozen yet have 8-bit weights.
    """
    from edgeq.trainable.restore import restore

    operator, state = built.weighted[index], restore(built.model)
    nearest = round_to_nearest(
        state, {index: operator.settings["bits"]}, operator.settings["per_channel"]
    )
    state = state.with_weights(
        {k: nearest.weights[k] for k, other in built.weighted.items() if other.unquantized}
    )
    layer = next(layer for layer in layers(state.graph) if layer.index == index)
    x = layer_input(state, layer, samples)
    state = round_layer(state, layer, LayerInputs(x, x), scales_to_try, solve)
    operator.start_from(state.weights[index])
    operator.constants.fill(str(layer.bias), state.graph.tensors[layer.bias].array)
    operator.unquantized.assign(False)
    operator.frozen.assign(True)
