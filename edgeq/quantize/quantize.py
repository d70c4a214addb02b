"""The steps in their order: float .tflite and samples in, integer .tflite out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from edgeq.data import Samples
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.graph.compact import without_unused
from edgeq.quantize.assemble import assemble
from edgeq.quantize.choose import Cost, Ranges, choose_for_all, choose_for_each, output_error
from edgeq.quantize.dynamic import assemble_dynamic
from edgeq.quantize.groups import shared
from edgeq.quantize.nearest import round_to_nearest
from edgeq.quantize.observe import FloatRunner, Statistics, observe
from edgeq.quantize.options import Options
from edgeq.quantize.prepare import prepare
from edgeq.quantize.ranges import calibrators, percentile
from edgeq.quantize.state import Quantizing, is_activation

PERCENTILES = (99.9, 99.99, 99.999)
JUDGED = 256  # samples that choose between calibrators

Progress = Callable[[str, int, int], None]  # what, done, of how many


@dataclass(frozen=True, eq=False)
class Quantized:
    """What `quantize` made. content: the .tflite. state: from which it was assembled. calibrator: that was chosen."""

    content: bytes = field(repr=False)
    state: Quantizing
    calibrator: str
    chosen: Mapping[int, str] = field(default_factory=dict)


def quantize(float_model: bytes, samples: Samples, options: Options | None = None,
             progress: Progress | None = None) -> Quantized:  # fmt: skip
    """The integer .tflite of a float one, calibrated on samples without labels.

    float_model: as `edgeq.convert.to_float_tflite` gives it. Raises EdgeqError for data that is not finite,
    UnsupportedError that names a layer without integer arithmetic.
    """
    chosen = options or Options()
    model = prepare(read_tflite(float_model))
    state = round_to_nearest(_typed(Quantizing(model), chosen), 8, chosen.per_channel)
    if chosen.scheme == "dynamic":
        return Quantized(content(assemble_dynamic(state)), state, "none")
    seen = observe(model, samples)
    proposed = proposals(seen, chosen)
    cost = distance(model, samples.spread(JUDGED))
    step = None if progress is None else partial(progress, "calibrating")
    name, state = next(iter(proposed)), state.with_ranges(shared(model.main, proposed[next(iter(proposed))]))
    if len(proposed) > 1:
        name, state = choose_for_all(state, proposed, samples.spread(JUDGED), cost, step)
    each: dict[int, str] = {}
    if chosen.calibrator == "auto-per-tensor":
        each, state = choose_for_each(state, proposed, samples.spread(JUDGED), cost, step)
    return Quantized(content(assemble(state)), state, name, each)


def content(model: Model) -> bytes:
    """The file of an assembled model, without what only the float model needed."""
    return write_tflite(without_unused(model))


def proposals(seen: Mapping[int, Statistics], options: Options) -> dict[str, Ranges]:
    """Name -> ranges: those of the calibrator asked for, or of all."""
    levels = 65535 if options.scheme == "int16x8" else 256
    known = dict(calibrators(levels)) | {"percentile": partial(percentile, share=options.percentile)}
    if options.calibrator.startswith("auto"):
        known |= {f"percentile {share:g}": partial(percentile, share=share) for share in PERCENTILES}
        del known["percentile"]
    else:
        known = {options.calibrator: known[options.calibrator]}
    return {name: {t: calibrate(s) for t, s in seen.items()} for name, calibrate in known.items()}


def distance(model: Model, samples: Samples) -> Cost:
    """The cost of an integer model: how far its outputs on the samples are from the float model's."""
    expected = FloatRunner(model, model.main.outputs)(samples)
    return output_error([expected[t] for t in model.main.outputs])


def _typed(state: Quantizing, options: Options) -> Quantizing:
    if options.scheme != "int16x8":
        return state
    activations = {t: "int16" for t, tensor in enumerate(state.graph.tensors) if is_activation(tensor)}
    return Quantizing(state.model, state.ranges, state.weights, activations)
