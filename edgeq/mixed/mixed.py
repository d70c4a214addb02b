"""Mixed precision: a width for each layer, from measured sensitivity, under a budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.mixed.alternatives import alternatives
from edgeq.mixed.budget import Budget, select_point
from edgeq.mixed.costs import instruction_estimator
from edgeq.mixed.opened_model import calibrate_opened, open_model
from edgeq.mixed.pareto_front import Evaluation, Point, explore
from edgeq.quantize.assemble import assemble
from edgeq.quantize.observe import FloatRunner
from edgeq.quantize.options import Options
from edgeq.quantize.progress import Progress, step_of
from edgeq.quantize.quantize import Quantized, content
from edgeq.quantize.schemes import SCHEMES
from edgeq.quantize.weight_steps import weighted

EVALUATION_SAMPLES = 256  # for the models of the front


@dataclass(frozen=True, eq=False)
class Mixed:
    """The result of mixed-precision quantization.

    quantized: the chosen model.
    front: the Pareto front.
    point: index of the chosen model in the front.
    """

    quantized: Quantized
    front: tuple[Point, ...]
    point: int


def quantize_mixed(
    float_model: bytes,
    samples: Samples,
    options: Options,
    budget: Budget,
    judged: Samples | None = None,
    progress: Progress | None = None,
) -> Mixed:
    """The model of the Pareto front that makes the best use of a budget; each layer's weights are
    int8, int4 or a codebook, activations int8 or int16.

    judged: samples on which accuracy is measured; the calibration samples if None.

    Raises DoesNotFitError if no model meets the budget, EdgeqError for a scheme of one width.
    """
    scheme = SCHEMES[options.scheme]
    if not scheme.alternatives:
        why = "all its layers have one width"
        raise EdgeqError(f"scheme {scheme.name!r}", why, "use edgeq.quantize.quantize")
    opened = open_model(float_model, samples, options)
    found, plain, states = calibrate_opened(opened, options, progress)

    def closed(made: Model) -> Model:
        return opened.closed(made, plain)

    base = weighted(found.state, opened.samples, options, scheme)
    widths = {
        each.label: weighted(
            found.state,
            opened.samples,
            replace(options, codebook_bits=each.codebook_bits),
            SCHEMES[each.scheme],
        )
        for each in scheme.alternatives
    }

    all_of = alternatives(base, widths)
    every = {"int8": base, **widths}
    instructions = instruction_estimator({n: closed(assemble(s)) for n, s in every.items()})
    wanted = judged or samples
    steps = bool(opened.whole.main.states)
    measured = wanted.take(EVALUATION_SAMPLES) if steps else wanted.subsample(EVALUATION_SAMPLES)
    whole = opened.whole if opened.opened.kept else base.model
    first = whole.main.outputs[0]
    expected = FloatRunner(whole, (first,))(measured)[first]
    labels = (
        None if measured.y is None or measured.y.dtype.kind != "i" else measured.y.astype(np.int64)
    )
    front = explore(
        all_of,
        Evaluation(measured, expected, labels, instructions, closed),
        step_of(progress, "mixing widths"),
    )
    chosen = select_point(front, budget)
    state = all_of.apply(chosen.changes)
    place = [p.changes for p in front].index(chosen.changes)
    made = Quantized(content(closed(assemble(state))), found.calibrator, states)
    return Mixed(made, front, place)
