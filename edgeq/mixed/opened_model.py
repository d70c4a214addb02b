"""A float model as mixed precision takes it: variables are inputs and outputs while it is quantized."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.data import Samples
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrate import Calibrated, calibrate
from edgeq.quantize.counters import with_plain_counters
from edgeq.quantize.kept_states import (
    Opened,
    close_states,
    names_of,
    open_states,
    pairs,
    with_states,
)
from edgeq.quantize.narrow_counters import with_narrow_counters
from edgeq.quantize.options import Options
from edgeq.quantize.progress import Progress
from edgeq.quantize.quantization_state import Types
from edgeq.quantize.quantize import prepared
from edgeq.quantize.real_inputs import with_real_inputs
from edgeq.quantize.selects import with_products
from edgeq.quantize.state_widths import StateWidth, choose_width
from edgeq.quantize.wide_states import (
    JUDGED,
    SUFFICIENT_DB,
    sequence_db,
    wide_types,
    with_narrow_outputs,
)


@dataclass(frozen=True, eq=False)
class OpenedModel:
    """whole: the model with its variables; opened: that with inputs and outputs in their place, which
    `samples` has values of; ready: `opened` as it is quantized.
    """

    whole: Model
    opened: Opened
    samples: Samples
    ready: Model

    def closed(self, made: Model, plain: Model) -> Model:
        """A quantized model with variables again, and outputs of 8 bits where those are states of 16 as
        well. plain: the model quantized with states of 8 bits.
        """
        if not self.opened.kept:
            return made
        again, narrow = (close_states(self.opened, self.whole, each) for each in (made, plain))
        return with_narrow_outputs(again, narrow)


def open_model(float_model: bytes, samples: Samples, options: Options) -> OpenedModel:
    """The model prepared for quantization, its variables opened."""
    model = with_plain_counters(with_narrow_counters(read_tflite(float_model)))
    opened = open_states(model)
    if not opened.kept:
        return OpenedModel(model, opened, samples, prepared(float_model, samples, options))
    given = with_states(opened, model, samples)
    ready = with_products(prepared(write_tflite(opened.model), given, options))
    return OpenedModel(model, opened, given, ready)


def calibrate_opened(
    model: OpenedModel, options: Options, progress: Progress | None
) -> tuple[Calibrated, Model, tuple[StateWidth, ...]]:
    """The calibration with the states' types chosen by their error, the model quantized with states of 8
    bits, and the types of its loops' and its own states.
    """

    def calibrated(types: Types) -> Calibrated:
        start = with_real_inputs(
            model.ready, model.samples, options, pairs(model.opened.kept), types
        )
        return calibrate(start, model.samples, options, progress)

    found = calibrated({})
    plain = assemble(found.state)
    states = tuple(width for loop in found.state.loops.values() for width in loop.widths)
    kept = model.opened.kept
    types = wide_types(model.ready.main, len(kept)) if kept else {}
    if not types:
        return found, plain, states
    some = model.samples.take(JUDGED)
    found, width = choose_width(
        names_of(model.opened, model.whole),
        found,
        lambda tried: sequence_db(model.ready, model.closed(assemble(tried.state), plain), some),
        lambda: calibrated(types),
        SUFFICIENT_DB,
    )
    return found, plain, (*states, width)
