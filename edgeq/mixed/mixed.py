"""Mixed precision: a width for each layer, from measured sensitivity, under a budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgeq.data import Samples
from edgeq.mixed.alternatives import alternatives
from edgeq.mixed.budget import Budget, pick
from edgeq.mixed.costs import counted
from edgeq.mixed.front import Judge, Point, explore
from edgeq.quantize.assemble import assemble
from edgeq.quantize.front import with_fronts
from edgeq.quantize.observe import FloatRunner
from edgeq.quantize.options import Options
from edgeq.quantize.progress import Progress, step_of
from edgeq.quantize.quantize import Quantized, calibrate, content, in_width, prepared

JUDGED = 256  # samples on which models of the front are measured
CODEBOOKS = (4, 3)  # bits


@dataclass(frozen=True, eq=False)
class Mixed:
    """quantized: the model that was picked. point: its place in the front."""

    quantized: Quantized
    front: tuple[Point, ...]
    point: int


def quantize_mixed(float_model: bytes, samples: Samples, options: Options, budget: Budget,
                   judged: Samples | None = None, progress: Progress | None = None) -> Mixed:  # fmt: skip
    """The model of the front that makes the most of a budget, each layer's weights int8, int4 or of a codebook.

    Activations are int8, or int16 where that helps most. judged: samples on which accuracy is measured, the
    calibration samples if None. Raises DoesNotFitError where the budget cannot be met.
    """
    start = with_fronts(prepared(float_model, samples, options), samples, options)
    found = calibrate(start, samples, options, progress)
    base = in_width(found.state, "int8", samples, options)
    widths = {"int4": in_width(found.state, "int4", samples, options)}
    for bits in CODEBOOKS:
        widths[f"codebook{bits}"] = in_width(found.state, "codebook", samples, replace(options, codebook_bits=bits))
    all_of = alternatives(base, widths)
    instructions = counted({"int8": assemble(base), **{name: assemble(state) for name, state in widths.items()}})
    measured = (judged or samples).spread(JUDGED)
    expected = FloatRunner(base.model, base.graph.outputs)(measured)[base.graph.outputs[0]]
    labels = None if measured.y is None or measured.y.dtype.kind != "i" else measured.y.astype(np.int64)
    front = explore(all_of, Judge(measured, expected, labels, instructions), step_of(progress, "mixing widths"))
    chosen = pick(front, budget)
    state = all_of.apply(chosen.changes)
    place = [p.changes for p in front].index(chosen.changes)
    return Mixed(Quantized(content(assemble(state)), found.calibrator), front, place)
