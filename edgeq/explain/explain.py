"""`explain`: quantization error and remedies per layer, and the costs of the whole model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from edgeq.cleanup import clean_up
from edgeq.data import Samples
from edgeq.explain.footprint import ASSUMPTION, Footprint, footprint
from edgeq.explain.layer_metrics import LayerMetrics, measure
from edgeq.explain.remedies import Remedy, activation_cost, best, remedies
from edgeq.graph import Model
from edgeq.metrics import agreement, mean_abs_error
from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.model_pair import ModelPair, pair_models, state_from_pair
from edgeq.quantize.observe import FloatRunner, observe
from edgeq.quantize.precision_warnings import output_warnings, part_warnings
from edgeq.quantize.progress import Progress, step_of
from edgeq.quantize.split_outputs import split_like
from edgeq.quantize.sqnr import measure_sqnr

REMEDY_SAMPLES = 128  # on which remedies are tried
SUFFICIENT_DB = 25.0  # SQNR of a layer that needs no remedy


@dataclass(frozen=True)
class LayerExplanation:
    """The analysis of one operator's output.

    figures: error statistics.
    cost: share of the model's output error that 8-bit activations of this layer cause; NaN if 16
        bits could not be tried.
    remedies: that were tried, the best first.
    """

    index: int
    op: str
    name: str
    figures: LayerMetrics
    cost: float
    remedies: tuple[Remedy, ...]

    @property
    def remedy(self) -> str:
        """The best remedy with its measured gain, in words."""
        found = best(self.remedies)
        if found is not None:
            return f"{found.name}: {found.gain:.0%} less error at the outputs"
        return (
            "none needed"
            if self.figures.own_db >= SUFFICIENT_DB
            else "none of those tried helps for certain"
        )

    def to_json(self) -> dict[str, Any]:
        own = {
            "index": self.index,
            "op": self.op,
            "name": self.name,
            "remedy": self.remedy,
            "cost": self.cost,
        }
        return {**own, **asdict(self.figures), "remedies": [asdict(r) for r in self.remedies]}


@dataclass(frozen=True)
class ExplainResult:
    """The result of `explain`.

    agreement, mean_abs_error: of the first output against the float model's.
    before, after: footprints of the float and the integer model.
    tried: whether remedies were tried; not possible if some tensors have no counterpart in the
        float model.
    warnings: parts and outputs with low SQNR, each with its remedy.
    """

    layers: tuple[LayerExplanation, ...]
    samples: int
    agreement: float
    mean_abs_error: float
    before: Footprint
    after: Footprint
    tried: bool
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The result as plain values, with the keys that CLI.md names for `explain` and more."""
        return {
            "layers": [layer.to_json() for layer in self.layers],
            "samples": self.samples,
            "agreement": self.agreement,
            "mean_abs_error": self.mean_abs_error,
            "before": {**asdict(self.before), "microjoules": self.before.microjoules},
            "after": {**asdict(self.after), "microjoules": self.after.microjoules},
            "energy_assumption": ASSUMPTION,
            "remedies_tried": self.tried,
            "warnings": list(self.warnings),
        }


def explain(
    model: Model, reference: Model, samples: Samples, progress: Progress | None = None
) -> ExplainResult:
    """The quantization error of each layer of an integer model, with remedies.

    model: the integer model, of any quantizer that keeps the float model's tensor names.
    reference: the float model that it was made from.
    samples: real inputs; labels are not needed.

    Raises EdgeqError if the two models have no layer in common, or the data is not finite.
    """
    model = clean_up(model).model
    reference = split_like(reference, model)
    pair = pair_models(reference, model)
    measured = measure(pair, samples)
    tried = _remedies(pair, samples, progress)
    makers = {t: (k, op) for k, op in enumerate(model.main.ops) for t in op.outputs}
    explained = [
        LayerExplanation(
            makers[i][0],
            makers[i][1].kind,
            model.main.tensors[i].name,
            measured.figures[t],
            activation_cost(tried.get(t, ())),
            tried.get(t, ()),
        )
        for t, i in pair.tensors.items()
        if t in measured.figures and i in makers
    ]
    expected = FloatRunner(reference, reference.main.outputs)(samples)[reference.main.outputs[0]]
    report = measure_sqnr(pair, samples)
    exact, got = (outputs.reshape(samples.count, -1) for outputs in (expected, measured.outputs))
    return ExplainResult(
        tuple(sorted(explained, key=lambda layer: layer.index)),
        samples.count,
        agreement(got, exact),
        mean_abs_error(got, exact),
        footprint(reference),
        footprint(model),
        bool(tried),
        (*part_warnings(report, pair.float_model), *output_warnings(report, pair.float_model)),
    )


def _remedies(
    pair: ModelPair, samples: Samples, progress: Progress | None
) -> dict[int, tuple[Remedy, ...]]:
    """Tensor -> remedies; empty if no variant of the integer model can be assembled."""
    state = state_from_pair(pair)
    if state is None:
        return {}
    selection = samples.subsample(REMEDY_SAMPLES)
    cost = distance(pair.float_model, selection, pair.float_model.main.outputs)
    return remedies(
        state,
        observe(pair.float_model, samples),
        selection,
        cost,
        step_of(progress, "trying remedies"),
    )
