"""The steps that quantize weights, from which schemes are composed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edgeq.data import Samples
from edgeq.graph import Model
from edgeq.quantize.adaround import adaround
from edgeq.quantize.bias_correction import correct_bias
from edgeq.quantize.calibrator_search import SELECTION_SAMPLES, distance
from edgeq.quantize.codebook import fit_codebooks
from edgeq.quantize.codebook_assignment import assign_entries
from edgeq.quantize.dynamic_range import per_tensor_if_accurate
from edgeq.quantize.importance import importance
from edgeq.quantize.nearest_rounding import round_to_nearest
from edgeq.quantize.options import Options
from edgeq.quantize.quantization_state import Floats, QuantizationState, layers, repeated_weights
from edgeq.quantize.reconstruct import reconstruct
from edgeq.quantize.round_sums import round_sums
from edgeq.quantize.schemes import Scheme, StepName

Step = Callable[[QuantizationState, Samples, Options, Scheme], QuantizationState]
"""(state, calibration samples, options, scheme) -> the state with other weights."""

Round = Callable[[QuantizationState, Samples, Options], QuantizationState]


def weighted(
    state: QuantizationState, samples: Samples, options: Options, scheme: Scheme
) -> QuantizationState:
    """A state with ranges (if the scheme has them) after all weight steps of the scheme."""
    for name in scheme.steps:
        state = STEPS[name](state, samples, options, scheme)
    return state


def _nearest(
    state: QuantizationState, samples: Samples, options: Options, scheme: Scheme
) -> QuantizationState:
    return round_to_nearest(state, scheme.weight_bits, options.per_channel)


def _one_scale(
    state: QuantizationState, samples: Samples, options: Options, scheme: Scheme
) -> QuantizationState:
    selection = samples.subsample(SELECTION_SAMPLES)
    return per_tensor_if_accurate(state, selection, distance(state.model, selection))


def _reproduced(
    state: QuantizationState, samples: Samples, options: Options, scheme: Scheme
) -> QuantizationState:
    return ROUNDING[options.rounding].integers(state, samples, options)


def _clustered(
    state: QuantizationState, samples: Samples, options: Options, scheme: Scheme
) -> QuantizationState:
    stated, default = options.codebook_importance, ROUNDING[options.rounding].importance
    weigh = IMPORTANCE[default if stated == "auto" else stated]
    return fit_codebooks(state, options.codebook_bits, weigh(state.model, samples))


def _entries(
    state: QuantizationState, samples: Samples, options: Options, scheme: Scheme
) -> QuantizationState:
    return ROUNDING[options.rounding].entries(state, samples, options)


STEPS: Mapping[StepName, Step] = {
    "nearest": _nearest,
    "one-scale": _one_scale,
    "reproduce outputs": _reproduced,
    "cluster": _clustered,
    "choose entries": _entries,
}


def _second_order(
    state: QuantizationState, samples: Samples, options: Options
) -> QuantizationState:
    return round_sums(_keep_repeated(state, reconstruct(state, samples)), samples)


def _adaround(state: QuantizationState, samples: Samples, options: Options) -> QuantizationState:
    return round_sums(_keep_repeated(state, adaround(state, samples)), samples)


def _bias_alone(state: QuantizationState, samples: Samples, options: Options) -> QuantizationState:
    """The state with unchanged weights, and with bias correction if the options ask for it."""
    return correct_bias(state, samples) if options.correct_bias else state


def _best_entries(
    state: QuantizationState, samples: Samples, options: Options
) -> QuantizationState:
    return assign_entries(state, samples)


@dataclass(frozen=True)
class Rounding:
    """One of `options.ROUNDINGS`.

    integers: rounds uniform weights.
    entries: assigns codebook entries.
    importance: of weights in fitting codebooks, if `Options.codebook_importance` is auto.
    """

    integers: Round
    entries: Round
    importance: str = "equal"


SECOND_ORDER = Rounding(_second_order, _best_entries)

ROUNDING: Mapping[str, Rounding] = {
    "auto": SECOND_ORDER,
    "nearest": Rounding(_bias_alone, _bias_alone, importance="inputs"),
    "adaround": Rounding(_adaround, _best_entries),
    "second-order": SECOND_ORDER,
}
"""Name in `options.ROUNDINGS` -> its functions."""

IMPORTANCE: Mapping[str, Callable[[Model, Samples], Mapping[int, Floats] | None]] = {
    "equal": lambda model, samples: None,
    "inputs": importance,
}
"""`Options.codebook_importance` -> a function that gives the importance of each weight; None for equal."""


def _keep_repeated(nearest: QuantizationState, rounded: QuantizationState) -> QuantizationState:
    """The rounded state, except that layers with equal weights, as in unrolled recurrent layers,
    are rounded to nearest.

    Rounded separately they would no longer be equal, and the file would hold them several times.
    """
    graph = nearest.graph
    kept = [layer for layer in layers(graph) if layer.index in repeated_weights(graph)]
    biases = {layer.bias: graph.tensors[layer.bias].array for layer in kept}
    return rounded.with_weights(
        {layer.index: nearest.weights[layer.index] for layer in kept}
    ).with_constants(biases)
