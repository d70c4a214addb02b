"""Weights that become integers layer by layer, while those that are not yet are trained to make up for it.

As QuIP# (Tseng et al. 2024, section 5) does with the layers of language models: rounding loses something, and what is
still real is fine-tuned with what has been rounded in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.quantize.follow import Inputs, layer_input
from edgeq.quantize.nearest import round_to_nearest
from edgeq.quantize.reconstruct import round_layer, scales_to_try, solve
from edgeq.quantize.state import layers

if TYPE_CHECKING:
    from edgeq.trainable.build import Built


def loosen(built: Built, float_model: Model) -> None:
    """Gives all layers the float model's weights and biases, and leaves the weights real."""
    for operator in built.weighted.values():
        for role in ("weights", "bias"):
            t = operator.settings[role]
            operator.fill(str(t), float_model.main.tensors[t].array)
        operator.loose.assign(True)


def order(built: Built) -> list[int]:
    """The layers as they are to settle, by operator: those with few weights first.

    Errors of many weights cancel better, so the largest layers lose least when nothing is left to make up for it.
    """
    return sorted(built.weighted, key=lambda index: (built.weighted[index].real_weights.shape.num_elements(), index))


def settle(built: Built, index: int, samples: Samples) -> None:
    """Rounds one layer's weights by second order, as they are now and for what the layer now gets, and holds them.

    samples: what the layer gets is computed from, by the integer model; layers that are still real have 8 bits in it.
    """
    from edgeq.trainable.restore import restore

    operator, state = built.weighted[index], restore(built.model)
    nearest = round_to_nearest(state, {index: operator.settings["bits"]}, operator.settings["per_channel"])
    state = state.with_weights({k: nearest.weights[k] for k, other in built.weighted.items() if other.loose})
    layer = next(layer for layer in layers(state.graph) if layer.index == index)
    x = layer_input(state, layer, samples)
    state = round_layer(state, layer, Inputs(x, x), scales_to_try, solve)
    operator.start_from(state.weights[index])
    operator.fill(str(layer.bias), state.graph.tensors[layer.bias].array)
    operator.loose.assign(False)
    operator.held.assign(True)
