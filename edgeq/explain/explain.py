"""`explain`: quantization error and remedies per layer, and the costs of the whole model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from edgeq.cleanup import clean_up
from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.errors import EdgeqError
from edgeq.explain.footprint import ASSUMPTION, Footprint, footprint
from edgeq.explain.layer_metrics import LayerMetrics, measure
from edgeq.explain.remedies import Remedy, activation_cost, best, remedies
from edgeq.graph import Model
from edgeq.html import result_html
from edgeq.metrics import agreement, mean_abs_error
from edgeq.quantize.calibrator_search import distance
from edgeq.quantize.kept_states import Kept, open_states, with_states
from edgeq.quantize.kept_states import pairs as carried_by
from edgeq.quantize.model_pair import ModelPair, pair_models, state_from_pair
from edgeq.quantize.observe import FloatRunner, observe
from edgeq.quantize.precision_warnings import output_warnings, part_warnings
from edgeq.quantize.progress import Progress, step_of
from edgeq.quantize.quantization_state import Reals
from edgeq.quantize.split_outputs import split_like
from edgeq.quantize.sqnr import measure_sqnr
from edgeq.simulate.execute import execute

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

    _repr_html_ = result_html


def explain(
    model: Model, reference: Model, samples: Samples, progress: Progress | None = None
) -> ExplainResult:
    """The quantization error of each layer of an integer model, with remedies.

    model: the integer model, of any quantizer that keeps the float model's tensor names.
    reference: the float model that it was made from.
    samples: real inputs, of a model with state the steps of one sequence; labels are not needed.
        Layers of such a model are measured with the states that the float model keeps.

    Raises EdgeqError if the two models have no layer in common or do not keep as many variables,
    or the data is not finite.
    """
    model = clean_up(model).model
    reference = split_like(reference, model)
    inner, kept, steps = _opened(reference, model, samples)
    pair = pair_models(inner[0], inner[1])
    measured = measure(pair, steps)
    tried = _remedies(pair, kept, steps, progress)
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
    report = measure_sqnr(pair, steps)
    computed = _first_outputs(model, samples) if kept else measured.outputs
    exact, got = (outputs.reshape(samples.count, -1) for outputs in (expected, computed))
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


def _opened(
    reference: Model, model: Model, samples: Samples
) -> tuple[tuple[Model, Model], tuple[Kept, ...], Samples]:
    """The float and the integer model with their variables as inputs and outputs, the variables of
    the float one, and the samples with what it keeps in them.
    """
    exact, integer = open_states(reference), open_states(model)
    if len(exact.kept) != len(integer.kept):
        raise EdgeqError(
            "the float and the quantized model",
            f"they keep {len(exact.kept)} and {len(integer.kept)} variables",
            "give the float model that was converted",
        )
    if not exact.kept:
        return (reference, model), (), samples
    return (exact.model, integer.model), exact.kept, with_states(exact, reference, samples)


def _first_outputs(model: Model, samples: Samples) -> Reals:
    """The first output [samples, ...] of a sequence, dequantized."""
    graph = model.main
    first = graph.outputs[0]
    computed = execute(graph, quantized_inputs(graph, samples.inputs), keep=[first])
    return dequantize(computed[first], graph.tensors[first])


def _remedies(
    pair: ModelPair, kept: Sequence[Kept], samples: Samples, progress: Progress | None
) -> dict[int, tuple[Remedy, ...]]:
    """Tensor -> remedies; empty if no variant of the integer model can be assembled."""
    state = state_from_pair(pair)
    if state is None:
        return {}
    state = replace(state, carried=carried_by(kept))
    selection = samples.subsample(REMEDY_SAMPLES)
    cost = distance(pair.float_model, selection, pair.float_model.main.outputs)
    return remedies(
        state,
        observe(pair.float_model, samples),
        selection,
        cost,
        step_of(progress, "trying remedies"),
    )
