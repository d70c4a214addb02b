"""What would help each layer: every remedy is tried on the integer model, and its gain is what the outputs show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.quantize.assemble import assemble
from edgeq.quantize.choose import Cost, better
from edgeq.quantize.groups import groups, shared
from edgeq.quantize.nearest import round_to_nearest
from edgeq.quantize.observe import Statistics
from edgeq.quantize.ranges import calibrators
from edgeq.quantize.replay import run
from edgeq.quantize.state import Layer, Quantizing, layers

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Remedy:
    """What to change. gain: share of the outputs' error that goes away with it, alone; certain: beyond luck."""

    name: str
    gain: float
    certain: bool


def remedies(state: Quantizing, seen: Mapping[int, Statistics], samples: Samples, cost: Cost,
             progress: Progress | None = None) -> dict[int, tuple[Remedy, ...]]:  # fmt: skip
    """Tensor -> what was tried for it, the best first.

    state: of the integer model as it is. cost: distance of outputs [samples] from the float model's.
    """
    before = run(assemble(state), samples)
    base = cost(before.outputs())
    tried: dict[int, list[Remedy]] = {}
    candidates = list(_candidates(state, seen))
    for done, (tensor, name, changed) in enumerate(candidates):
        try:
            costs = cost(run(assemble(changed), samples, before).outputs())
        except EdgeqError:
            continue  # a layer without that arithmetic
        gain = float(1 - costs.mean() / base.mean()) if base.mean() else 0.0
        tried.setdefault(tensor, []).append(Remedy(name, gain, better(costs, base)))
        if progress is not None:
            progress(done + 1, len(candidates))
    return {t: tuple(sorted(found, key=lambda r: -r.gain)) for t, found in tried.items()}


def _candidates(state: Quantizing, seen: Mapping[int, Statistics]) -> Iterator[tuple[int, str, Quantizing]]:
    """(tensor, name, changed state) of every remedy."""
    proposals = {name: shared(state.graph, {t: calibrate(s) for t, s in seen.items()})
                 for name, calibrate in calibrators().items()}  # fmt: skip
    together = {t: group for group in groups(state.graph) for t in group}
    made = {layer.y: layer for layer in layers(state.graph)}
    for t in state.ranges:
        for name, ranges in proposals.items():
            if t in ranges and ranges[t] != state.ranges[t]:
                yield t, f"range by {name}", state.with_ranges({k: ranges[k] for k in together[t] if k in ranges})
        ends = {*state.graph.inputs, *state.graph.outputs}
        if state.dtype(t) == "int8" and not together[t] & ends:
            yield t, "int16 activations", replace(state, dtypes={**state.dtypes, **dict.fromkeys(together[t], "int16")})
        if t in made and _coarse(state, made[t]):
            fresh = round_to_nearest(state, 8).weights[made[t].index]
            yield t, "int8 weights for each channel", state.with_weights({made[t].index: fresh})


def _coarse(state: Quantizing, layer: Layer) -> bool:
    settings = state.weights[layer.index]
    return settings.bits < 8 or settings.codebook is not None or len(settings.scale) == 1


def best(found: Sequence[Remedy]) -> Remedy | None:
    """The remedy that helps most of those that help for certain."""
    return next((r for r in found if r.certain and r.gain > 0), None)


def activation_cost(found: Sequence[Remedy]) -> float:
    """Share of the outputs' error that a layer's 8-bit activations are the cause of; NaN where it was not measured."""
    return next((r.gain for r in found if r.name == "int16 activations"), float(np.nan))
