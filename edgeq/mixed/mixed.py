"""Mixed precision: a width for each layer, from measured sensitivity, under a budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.mixed.alternatives import alternatives
from edgeq.mixed.budget import Budget, select_point
from edgeq.mixed.costs import instruction_estimator
from edgeq.mixed.pareto_front import Evaluation, Point, explore
from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrate import Calibrated, calibrate
from edgeq.quantize.counters import with_plain_counters
from edgeq.quantize.kept_states import close_states, names_of, open_states, pairs, with_states
from edgeq.quantize.observe import FloatRunner
from edgeq.quantize.options import Options
from edgeq.quantize.progress import Progress, step_of
from edgeq.quantize.quantization_state import Types
from edgeq.quantize.quantize import Quantized, content, prepared
from edgeq.quantize.real_inputs import with_real_inputs
from edgeq.quantize.schemes import SCHEMES
from edgeq.quantize.selects import with_products
from edgeq.quantize.state_widths import choose_width
from edgeq.quantize.weight_steps import weighted
from edgeq.quantize.wide_states import (
    JUDGED,
    SUFFICIENT_DB,
    sequence_db,
    wide_types,
    with_narrow_outputs,
)

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
    model = with_plain_counters(read_tflite(float_model))
    opened = open_states(model)
    given = with_states(opened, model, samples) if opened.kept else samples
    inner = write_tflite(opened.model) if opened.kept else float_model
    ready = prepared(inner, given, options)
    ready = with_products(ready) if opened.kept else ready

    def calibrated(types: Types) -> Calibrated:
        start = with_real_inputs(ready, given, options, pairs(opened.kept), types)
        return calibrate(start, given, options, progress)

    found = calibrated({})
    plain, states = assemble(found.state), [w for k in found.state.loops.values() for w in k.widths]

    def closed(made: Model) -> Model:
        """With variables again, and outputs of 8 bits where those are states of 16 as well."""
        if not opened.kept:
            return made
        again, narrow = (close_states(opened, model, each) for each in (made, plain))
        return with_narrow_outputs(again, narrow)

    types = wide_types(ready.main, len(opened.kept)) if opened.kept else {}
    if types:
        found, width = choose_width(
            names_of(opened, model),
            found,
            lambda tried: sequence_db(ready, closed(assemble(tried.state)), given.take(JUDGED)),
            lambda: calibrated(types),
            SUFFICIENT_DB,
        )
        states.append(width)
    base = weighted(found.state, given, options, scheme)
    widths = {
        each.label: weighted(
            found.state,
            given,
            replace(options, codebook_bits=each.codebook_bits),
            SCHEMES[each.scheme],
        )
        for each in scheme.alternatives
    }

    all_of = alternatives(base, widths)
    every = {"int8": base, **widths}
    instructions = instruction_estimator({n: closed(assemble(s)) for n, s in every.items()})
    wanted = judged or samples
    steps = bool(model.main.states)
    measured = wanted.take(EVALUATION_SAMPLES) if steps else wanted.subsample(EVALUATION_SAMPLES)
    whole = model if opened.kept else base.model
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
    made = Quantized(content(closed(assemble(state))), found.calibrator, tuple(states))
    return Mixed(made, front, place)
