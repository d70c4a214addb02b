"""Remedies for each layer, each tried on the integer model; its gain is measured at the outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrator_search import Cost, significantly_lower
from edgeq.quantize.calibrators import calibrators
from edgeq.quantize.incremental_run import run
from edgeq.quantize.nearest_rounding import round_to_nearest
from edgeq.quantize.observe import Statistics
from edgeq.quantize.progress import Step, counted
from edgeq.quantize.quantization_state import Layer, QuantizationState, layers
from edgeq.quantize.scale_groups import scale_groups, unify_ranges


@dataclass(frozen=True)
class Remedy:
    """A change of one layer.

    gain: share of the outputs' error that this change alone removes.
    certain: whether the gain is statistically significant.
    """

    name: str
    gain: float
    certain: bool


def remedies(
    state: QuantizationState,
    seen: Mapping[int, Statistics],
    samples: Samples,
    cost: Cost,
    step: Step | None = None,
) -> dict[int, tuple[Remedy, ...]]:
    """Tensor -> remedies that were tried, the best first.

    state: of the integer model.
    seen: calibration statistics.
    cost: [samples], distance of the outputs from the float model's.
    """
    before = run(assemble(state), samples)
    base = cost(before.outputs())
    tried: dict[int, list[Remedy]] = {}
    for tensors, name, changed in counted(tuple(_candidates(state, seen)), step):
        try:
            costs = cost(run(assemble(changed), samples, before).outputs())
        except EdgeqError:
            continue  # an operator without int16 arithmetic
        gain = float(1 - costs.mean() / base.mean()) if base.mean() else 0.0
        for t in tensors:
            tried.setdefault(t, []).append(Remedy(name, gain, significantly_lower(costs, base)))
    return {t: tuple(sorted(found, key=lambda r: -r.gain)) for t, found in tried.items()}


def _candidates(
    state: QuantizationState, seen: Mapping[int, Statistics]
) -> Iterator[tuple[list[int], str, QuantizationState]]:
    """(tensors it applies to, name, changed state) of every remedy."""
    proposals = {
        name: unify_ranges(state.graph, {t: calibrate(s) for t, s in seen.items()})
        for name, calibrate in calibrators().items()
    }
    ends = {*state.graph.inputs, *state.graph.outputs}
    for group in scale_groups(state.graph):
        for name, ranges in proposals.items():
            other = [
                t
                for t in group & state.ranges.keys()
                if t in ranges and ranges[t] != state.ranges[t]
            ]
            if other:
                yield other, f"range by {name}", state.with_ranges({t: ranges[t] for t in group})
        narrow = [t for t in group & state.ranges.keys() if state.dtype(t) == "int8"]
        if narrow and not group & ends:
            yield (
                narrow,
                "int16 activations",
                replace(state, dtypes={**state.dtypes, **dict.fromkeys(group, "int16")}),
            )
    fresh = round_to_nearest(state, 8)
    for layer in layers(state.graph):
        if layer.y in state.ranges and _coarse(state, layer):
            changed = state.with_weights({layer.index: fresh.weights[layer.index]})
            yield [layer.y], "int8 weights for each channel", changed


def _coarse(state: QuantizationState, layer: Layer) -> bool:
    settings = state.weights[layer.index]
    return settings.bits < 8 or settings.codebook is not None or len(settings.scale) == 1


def best(found: Sequence[Remedy]) -> Remedy | None:
    """The significant remedy with the largest gain; None if none is significant."""
    return next((r for r in found if r.certain and r.gain > 0), None)


def activation_cost(found: Sequence[Remedy]) -> float:
    """Share of the outputs' error that a layer's 8-bit activations cause; NaN if it was not
    measured.
    """
    return next((r.gain for r in found if r.name == "int16 activations"), float(np.nan))
