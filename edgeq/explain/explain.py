"""`explain`: per layer what quantization did and what helps, for the whole model what it costs and saves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from edgeq.data import Samples
from edgeq.explain.benefits import ASSUMPTION, Needs, needs
from edgeq.explain.layers import Figures, measure
from edgeq.explain.remedies import Remedy, activation_cost, best, remedies
from edgeq.graph import Model
from edgeq.metrics import agreement, mean_abs_error
from edgeq.quantize.apart import apart_like
from edgeq.quantize.judge import judge
from edgeq.quantize.losses import output_losses, part_losses
from edgeq.quantize.match import Pair, match, state_of
from edgeq.quantize.observe import FloatRunner, observe
from edgeq.quantize.progress import Progress, step_of
from edgeq.quantize.quantize import distance

JUDGED = 128  # samples on which remedies are tried
HEALTHY = 25.0  # decibels of a layer's own error that need no remedy


@dataclass(frozen=True)
class LayerExplanation:
    """One operator's output. remedies: what was tried, the best first; cost: the share of the model's error that its
    8-bit activations cause, NaN where 16 bits could not be tried."""

    index: int
    op: str
    name: str
    figures: Figures
    cost: float
    remedies: tuple[Remedy, ...]

    @property
    def remedy(self) -> str:
        """In words, with the measured gain."""
        found = best(self.remedies)
        if found is not None:
            return f"{found.name}: {found.gain:.0%} less error at the outputs"
        return "none needed" if self.figures.own_db >= HEALTHY else "none of those tried helps for certain"

    def to_json(self) -> dict[str, Any]:
        own = {"index": self.index, "op": self.op, "name": self.name, "remedy": self.remedy, "cost": self.cost}
        return {**own, **asdict(self.figures), "remedies": [asdict(r) for r in self.remedies]}


@dataclass(frozen=True)
class ExplainResult:
    """agreement, mean_abs_error: of the first output against the float model's. before, after: what the models take.

    tried: whether remedies could be; a model whose tensors do not all match the float model's is only measured.
    warnings: parts of which little is left in a scale that they share, and outputs, each with its remedy.
    """

    layers: tuple[LayerExplanation, ...]
    samples: int
    agreement: float
    mean_abs_error: float
    before: Needs
    after: Needs
    tried: bool
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The keys of CLI.md's `explain`, and more."""
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


def explain(model: Model, reference: Model, samples: Samples, progress: Progress | None = None) -> ExplainResult:
    """What quantization did to each layer of `model`, made from the float model `reference`.

    samples: real inputs, no labels needed. Works on files of any quantizer whose tensors have the float model's names.
    Raises EdgeqError where the two have nothing in common, or the data is not finite.
    """
    reference = apart_like(reference, model)
    pair = match(reference, model)
    measured = measure(pair, samples)
    tried = _remedies(pair, samples, progress)
    makers = {t: (k, op) for k, op in enumerate(model.main.ops) for t in op.outputs}
    explained = [
        LayerExplanation(makers[i][0], makers[i][1].kind, model.main.tensors[i].name, measured.figures[t],
                         activation_cost(tried.get(t, ())), tried.get(t, ()))
        for t, i in pair.tensors.items() if t in measured.figures and i in makers
    ]  # fmt: skip
    expected = FloatRunner(reference, reference.main.outputs)(samples)[reference.main.outputs[0]]
    judged = judge(pair, samples)
    exact, got = (outputs.reshape(samples.count, -1) for outputs in (expected, measured.outputs))
    return ExplainResult(
        tuple(sorted(explained, key=lambda layer: layer.index)),
        samples.count,
        agreement(got, exact),
        mean_abs_error(got, exact),
        needs(reference),
        needs(model),
        bool(tried),
        (*part_losses(judged, pair.exact), *output_losses(judged, pair.exact)),
    )


def _remedies(pair: Pair, samples: Samples, progress: Progress | None) -> dict[int, tuple[Remedy, ...]]:
    """Tensor -> remedies; none where the model cannot be taken apart and put together again."""
    state = state_of(pair)
    if state is None:
        return {}
    judged = samples.spread(JUDGED)
    cost = distance(pair.exact, judged, pair.exact.main.outputs)
    return remedies(state, observe(pair.exact, samples), judged, cost, step_of(progress, "trying remedies"))
