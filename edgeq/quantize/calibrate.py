"""Calibration of a model: one calibrator for all activations, then a search per tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from edgeq.data import Samples
from edgeq.quantize.activation_types import with_activation_types
from edgeq.quantize.calibrator_search import (
    SELECTION_SAMPLES,
    Choice,
    Ranges,
    choose_calibrator,
    choose_per_tensor,
    distance,
)
from edgeq.quantize.calibrators import calibrators, percentile
from edgeq.quantize.isolated_range_search import search_isolated_ranges
from edgeq.quantize.last_range_search import search_last_ranges
from edgeq.quantize.nearest_rounding import round_to_nearest
from edgeq.quantize.observe import Statistics, observe
from edgeq.quantize.options import Options
from edgeq.quantize.own_integers import with_state_ranges
from edgeq.quantize.progress import Progress, step_of
from edgeq.quantize.quantization_state import QuantizationState
from edgeq.quantize.scale_groups import unify_ranges
from edgeq.quantize.schemes import LEVELS, SCHEMES

PERCENTILES = (99.9, 99.99, 99.999)


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A calibrated model.

    state: with ranges, and int8 weights rounded to nearest.
    calibrator: that set most of the ranges.
    """

    state: QuantizationState
    calibrator: str


@dataclass(frozen=True, eq=False)
class GlobalCalibration:
    """One calibrator for all tensors.

    proposed: calibrator -> its ranges, of all that were tried.
    choice: the calibrator chosen.
    """

    proposed: Mapping[str, Ranges]
    choice: Choice


def calibrate(
    state: QuantizationState, samples: Samples, options: Options, progress: Progress | None = None
) -> Calibrated:
    """Ranges for every activation of a prepared float model, as the options' calibrator says."""
    return refine_per_tensor(
        calibrate_globally(state, samples, options, progress), samples, options, progress
    )


def calibrate_globally(
    state: QuantizationState, samples: Samples, options: Options, progress: Progress | None
) -> GlobalCalibration:
    """The calibrator that the options name; for `auto`, the one with the least error where all
    tensors use it.
    """
    state = with_state_ranges(with_activation_types(state, options), samples)
    state = round_to_nearest(state, 8, options.per_channel)
    proposed = proposals(observe(state.model, samples), options)
    if len(proposed) == 1:
        ((name, ranges),) = proposed.items()
        return GlobalCalibration(
            proposed,
            Choice(name, state.with_ranges(unify_ranges(state.graph, ranges)), np.zeros(1)),
        )
    selection = samples.subsample(SELECTION_SAMPLES)
    step = step_of(progress, "choosing a calibrator")
    return GlobalCalibration(
        proposed,
        choose_calibrator(state, proposed, selection, distance(state.model, selection), step),
    )


def refine_per_tensor(
    first: GlobalCalibration, samples: Samples, options: Options, progress: Progress | None
) -> Calibrated:
    """The second step of the `auto` calibrators: a range search per tensor."""
    state, name = first.choice.state, first.choice.name
    if len(first.proposed) == 1:
        return Calibrated(state, name)
    selection = samples.subsample(SELECTION_SAMPLES)
    choose = search_isolated_ranges if options.calibrator == "auto" else choose_per_tensor
    step = step_of(progress, "choosing ranges")
    cost = distance(state.model, selection)
    refined = choose(state, first.proposed, selection, cost, step)
    return Calibrated(search_last_ranges(refined, state.ranges, selection, cost), name)


def proposals(seen: Mapping[int, Statistics], options: Options) -> dict[str, Ranges]:
    """Calibrator -> ranges of all tensors, for the calibrator of the options, or for all of them."""
    levels = LEVELS[SCHEMES[options.scheme].activations]
    known = dict(calibrators(levels)) | {
        "percentile": partial(percentile, share=options.percentile)
    }
    if options.calibrator.startswith("auto"):
        known |= {
            f"percentile {share:g}": partial(percentile, share=share) for share in PERCENTILES
        }
        del known["percentile"]
    else:
        known = {options.calibrator: known[options.calibrator]}
    return {name: {t: calibrate(s) for t, s in seen.items()} for name, calibrate in known.items()}
