"""The steps in their order: float .tflite and samples in, integer .tflite out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, read_tflite, write_tflite
from edgeq.graph.compact import without_unused
from edgeq.quantize.adaround import adaround
from edgeq.quantize.alone import choose_alone
from edgeq.quantize.assemble import assemble
from edgeq.quantize.bias_correction import correct_bias
from edgeq.quantize.choose import Choice, Cost, Ranges, better, choose_for_all, choose_for_each, output_error
from edgeq.quantize.codebook import cluster
from edgeq.quantize.codes import choose_codes
from edgeq.quantize.dynamic import assemble_dynamic, one_scale_if_enough
from edgeq.quantize.equalize import equalize
from edgeq.quantize.follow import SAMPLES
from edgeq.quantize.front import with_fronts
from edgeq.quantize.groups import judged_tensors, shared
from edgeq.quantize.importance import importance
from edgeq.quantize.input_affine import recorded
from edgeq.quantize.nearest import round_to_nearest
from edgeq.quantize.observe import FloatRunner, Statistics, observe
from edgeq.quantize.options import Options
from edgeq.quantize.pools import as_means, global_pools, narrowing_pools
from edgeq.quantize.prepare import prepare
from edgeq.quantize.progress import Progress, step_of
from edgeq.quantize.ranges import calibrators, percentile
from edgeq.quantize.reconstruct import reconstruct
from edgeq.quantize.spread import STRENGTH, fill_ranges
from edgeq.quantize.state import Floats, Quantizing, layers, repeated_weights
from edgeq.quantize.widths import typed
from edgeq.simulate.execute import real_outputs

WIDTHS = {"int8": "int8", "int16x8": "int8", "int4": "int4", "codebook": "codebook"}
"""Scheme -> width of all weights."""
NARROW_ACTIVATIONS = ("int8", "int4", "codebook", "mixed")
"""Schemes whose activations have so few bits that a finer scale is worth more than room beyond what was seen."""
PERCENTILES = (99.9, 99.99, 99.999)
JUDGED = 256  # samples that choose between calibrators
STRENGTHS = (STRENGTH, 0.5, 1.0)
FEW_LAYERS, FEW_WEIGHTS = 32, 1 << 19  # up to which every strength is rounded before one is chosen: more take too long
TELLING = 256  # samples from which on that choice is more than luck


@dataclass(frozen=True, eq=False)
class Quantized:
    """What `quantize` made. content: the .tflite. calibrator: that was chosen."""

    content: bytes = field(repr=False)
    calibrator: str


def quantize(float_model: bytes, samples: Samples, options: Options | None = None,
             progress: Progress | None = None) -> Quantized:  # fmt: skip
    """The integer .tflite of a float one, calibrated on samples without labels.

    float_model: as `edgeq.convert.to_float_tflite` gives it. Raises EdgeqError for data that is not finite,
    UnsupportedError that names a layer without integer arithmetic.
    """
    chosen = options or Options()
    if chosen.scheme == "mixed":
        raise EdgeqError("scheme 'mixed'", "it needs a budget and a front", "use edgeq.convert or edgeq.mixed")
    model = prepared(float_model, samples, chosen)
    if chosen.scheme == "dynamic":
        state = Quantizing(model, dynamic=True)
        judged = samples.spread(JUDGED)
        cost = distance(state.model, judged)
        state = one_scale_if_enough(round_to_nearest(state, 8, chosen.per_channel), judged, cost)
        state = rounded(state, samples, chosen)
        return Quantized(content(assemble_dynamic(state)), "none")
    state = with_fronts(model, samples, chosen)
    starts = _filled(state, samples, chosen, progress)
    if samples.count < TELLING or not _is_small(state.graph):
        starts = (_likely(starts),)
    made = [_finished(start, samples, chosen, progress) for start in starts]
    return made[0] if len(made) == 1 else _nearest(made, state.model, samples)


def _finished(start: OneForAll, samples: Samples, options: Options, progress: Progress | None) -> Quantized:
    """The file of a start: ranges tensor by tensor, then weights in their width."""
    found = _refined(start, samples, options, progress)
    state = in_width(found.state, WIDTHS[options.scheme], samples, options)
    return Quantized(content(assemble(state)), found.calibrator)


def _is_small(graph: Graph) -> bool:
    """Whether rounding the weights more than once takes little time."""
    sizes = [graph.tensors[layer.weights].size for layer in layers(graph)]
    return len(sizes) <= FEW_LAYERS and sum(sizes) <= FEW_WEIGHTS


def _likely(starts: Sequence[OneForAll]) -> OneForAll:
    """The first start, or another where it is nearer beyond luck before its weights are rounded by second order."""
    best, *others = starts
    for other in others:
        best = other if better(other.choice.costs, best.choice.costs) else best
    return best


def _nearest(made: Sequence[Quantized], model: Model, samples: Samples) -> Quantized:
    """The file whose outputs are nearest to the float model's on the samples that weights are rounded by."""
    judged = samples.spread(SAMPLES)
    cost = distance(model, judged, model.main.outputs)
    return min(made, key=lambda each: float(cost(real_outputs(read_tflite(each.content).main, judged)).mean()))


def prepared(float_model: bytes, samples: Samples, options: Options) -> Model:
    """The float model as it is quantized: batch norm folded, pooling as means where these reach less far than what is
    pooled, factors moved between layers if the options say so."""
    model = prepare(read_tflite(float_model))
    if options.scheme in NARROW_ACTIVATIONS:
        model = as_means(model, global_pools(model.main) | narrowing_pools(model, samples))
    return equalize(model) if options.equalize else model


def _filled(state: Quantizing, samples: Samples, options: Options, progress: Progress | None) -> tuple[OneForAll, ...]:
    """The state with its ranges filled, and calibrated, by each strength; as it is where they are not to be filled.

    Only for 8 bits of weights: of fewer, weak channels would lose more than their activations win. `STRENGTH` comes
    first, and is the only one unless the calibrator is to be found.
    """
    if not (options.fill_ranges and options.per_channel and options.scheme in ("int8", "int16x8")):
        return (_one_for_all(state, samples, options, progress),)
    strengths = STRENGTHS if options.calibrator == "auto" else (STRENGTH,)
    models = {m.metadata: m for m in (fill_ranges(state.model, samples, strength) for strength in strengths)}
    return tuple(_one_for_all(replace(state, model=m), samples, options, progress) for m in models.values())


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A state with ranges, and with int8 weights to the nearest; the calibrator that set most of them."""

    state: Quantizing
    calibrator: str


@dataclass(frozen=True, eq=False)
class OneForAll:
    """The ranges that calibrators propose, by their names, and the calibrator chosen for all tensors."""

    proposed: Mapping[str, Ranges]
    choice: Choice


def calibrate(state: Quantizing, samples: Samples, options: Options, progress: Progress | None = None) -> Calibrated:
    """Ranges for every activation of a prepared float model, by the calibrator that the options name or ask to find."""
    return _refined(_one_for_all(state, samples, options, progress), samples, options, progress)


def _one_for_all(state: Quantizing, samples: Samples, options: Options, progress: Progress | None) -> OneForAll:
    """The calibrator asked for, or the one that is best if all tensors have its ranges."""
    state = round_to_nearest(typed(state, options), 8, options.per_channel)
    proposed = proposals(observe(state.model, samples), options)
    if len(proposed) == 1:
        ((name, ranges),) = proposed.items()
        return OneForAll(proposed, Choice(name, state.with_ranges(shared(state.graph, ranges)), np.zeros(1)))
    judged = samples.spread(JUDGED)
    step = step_of(progress, "choosing a calibrator")
    return OneForAll(proposed, choose_for_all(state, proposed, judged, distance(state.model, judged), step))


def _refined(first: OneForAll, samples: Samples, options: Options, progress: Progress | None) -> Calibrated:
    """Ranges tensor by tensor where the options ask to find them."""
    state, name = first.choice.state, first.choice.name
    if len(first.proposed) == 1:
        return Calibrated(state, name)
    judged = samples.spread(JUDGED)
    choose = choose_alone if options.calibrator == "auto" else choose_for_each
    step = step_of(progress, "choosing ranges")
    return Calibrated(choose(state, first.proposed, judged, distance(state.model, judged), step), name)


def in_width(state: Quantizing, width: str, samples: Samples, options: Options) -> Quantizing:
    """A calibrated state with all weights in a width: int8, int4, or a codebook of `options.codebook_bits`."""
    bits = 8 if width == "codebook" else int(width.removeprefix("int"))
    state = round_to_nearest(state, bits, options.per_channel)
    if width == "codebook":
        state = cluster(state, options.codebook_bits, _importance(state.model, samples, options))
        if options.rounding != "nearest":
            return choose_codes(state, samples)
    return rounded(state, samples, options)


def rounded(state: Quantizing, samples: Samples, options: Options) -> Quantizing:
    """Weights so that outputs are reproduced, or as they are and with the mean error taken out of each bias."""
    if options.rounding in ("auto", "second-order"):
        return _keep_repeated(state, reconstruct(state, samples))
    if options.rounding == "adaround":
        return _keep_repeated(state, adaround(state, samples))
    return correct_bias(state, samples) if options.correct_bias else state


def _importance(model: Model, samples: Samples, options: Options) -> Mapping[int, Floats] | None:
    """What weights count when their codebooks are made; None for all alike."""
    auto = "inputs" if options.rounding == "nearest" else "equal"
    wanted = auto if options.codebook_importance == "auto" else options.codebook_importance
    return importance(model, samples) if wanted == "inputs" else None


def _keep_repeated(nearest: Quantizing, rounded: Quantizing) -> Quantizing:
    """The rounded state, but to the nearest where several layers have the same weights, as of unrolled recurrence.

    Rounded for each layer by itself they would no longer be the same, and the file would hold them several times.
    """
    graph = nearest.graph
    kept = [layer for layer in layers(graph) if layer.index in repeated_weights(graph)]
    biases = {layer.bias: graph.tensors[layer.bias].array for layer in kept}
    return rounded.with_weights({layer.index: nearest.weights[layer.index] for layer in kept}).with_constants(biases)


def content(model: Model) -> bytes:
    """The file of an assembled model, without what only the float model needed."""
    return write_tflite(recorded(without_unused(model)))


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


def distance(model: Model, samples: Samples, tensors: Sequence[int] | None = None) -> Cost:
    """The cost of an integer model: how far tensors, `judged_tensors` by default, are from the float model's on the
    samples."""
    judged = judged_tensors(model.main) if tensors is None else tensors
    expected = FloatRunner(model, judged)(samples)
    return output_error([expected[t] for t in judged])
