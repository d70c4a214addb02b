"""The quantizer: float .tflite and calibration samples in, integer .tflite out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model, read_tflite, write_tflite
from edgeq.graph.compact import without_unused
from edgeq.quantize.activation_equalization import STRENGTH, equalize_activations
from edgeq.quantize.attention_masks import with_near_masks
from edgeq.quantize.batch_norm_folding import fold_batch_norm
from edgeq.quantize.byte_inputs import with_byte_inputs
from edgeq.quantize.calibrate import GlobalCalibration, calibrate_globally, refine_per_tensor
from edgeq.quantize.calibrator_search import distance, significantly_lower
from edgeq.quantize.counters import with_plain_counters
from edgeq.quantize.cross_layer_equalization import equalize_layers
from edgeq.quantize.dynamic_range import assemble_state
from edgeq.quantize.gathered_flags import with_gathered_integers
from edgeq.quantize.gelu import with_sigmoids
from edgeq.quantize.input_affine_metadata import with_input_affine_metadata
from edgeq.quantize.kept_states import close_states, names_of, open_states, pairs, with_states
from edgeq.quantize.layerwise import MAX_SAMPLES
from edgeq.quantize.narrow_counters import with_narrow_counters
from edgeq.quantize.options import Options
from edgeq.quantize.plain_indices import with_plain_indices
from edgeq.quantize.pool_to_mean import global_pools, narrowing_pools, pools_to_means
from edgeq.quantize.progress import Progress
from edgeq.quantize.quantization_state import QuantizationState, Types, layers
from edgeq.quantize.real_inputs import with_real_inputs
from edgeq.quantize.reductions import with_reduce_all
from edgeq.quantize.schemes import SCHEMES
from edgeq.quantize.selects import with_products, with_select_v2
from edgeq.quantize.state_widths import StateWidth, choose_width
from edgeq.quantize.weight_steps import weighted
from edgeq.quantize.wide_states import (
    JUDGED,
    SUFFICIENT_DB,
    sequence_db,
    wide_types,
    with_narrow_outputs,
)
from edgeq.simulate.execute import real_outputs

STRENGTHS = (STRENGTH, 0.5, 1.0)
FEW_LAYERS, FEW_WEIGHTS = (
    32,
    1 << 19,
)  # limits up to which every strength is tried with rounded weights
NONE: Types = {}
ENOUGH_SAMPLES = 256  # with fewer, that choice would fit the samples


@dataclass(frozen=True, eq=False)
class Quantized:
    """The result of `quantize`.

    content: the integer .tflite.
    calibrator: that was chosen.
    states: what loops carry and variables keep, with the type of each.
    """

    content: bytes = field(repr=False)
    calibrator: str
    states: tuple[StateWidth, ...] = ()


def quantize(
    float_model: bytes,
    samples: Samples,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Quantized:
    """The integer .tflite of a float one, calibrated on samples; labels are not used.

    float_model: a .tflite as `edgeq.convert.to_float_tflite` returns it.

    Raises EdgeqError for data that is not finite, and UnsupportedError for a layer without integer
    arithmetic.
    """
    chosen = options or Options()
    scheme = SCHEMES[chosen.scheme]
    if scheme.alternatives:
        raise EdgeqError(
            f"scheme {scheme.name!r}",
            "it needs a budget",
            "use edgeq.convert or edgeq.mixed",
        )
    make = _calibrated if scheme.calibrated else _uncalibrated
    model = with_plain_counters(with_narrow_counters(read_tflite(float_model)))
    opened = open_states(model)
    if not opened.kept:
        return make(prepared(float_model, samples, chosen), samples, chosen, progress)
    steps = with_states(opened, model, samples)
    start = with_products(prepared(write_tflite(opened.model), steps, chosen))

    def closed(types: Types) -> Quantized:
        made = make(start, steps, chosen, progress, pairs(opened.kept), types)
        again = close_states(opened, model, read_tflite(made.content))
        return replace(made, content=write_tflite(again))

    made, name = closed({}), names_of(opened, model)
    types = wide_types(start.main, len(opened.kept))
    if types and scheme.chooses_states:
        narrow = made
        made, width = choose_width(
            name,
            narrow,
            lambda tried: _sequence_db(start, tried, steps),
            lambda: _with_outputs_of(closed(types), narrow),
            SUFFICIENT_DB,
        )
    else:
        width = StateWidth(name, scheme.activations)
    return replace(made, states=(*made.states, width)) if name else made


def _with_outputs_of(wide: Quantized, narrow: Quantized) -> Quantized:
    """A file whose outputs have the types and scales of another's."""
    model = with_narrow_outputs(read_tflite(wide.content), read_tflite(narrow.content))
    return replace(wide, content=write_tflite(model))


def _sequence_db(opened: Model, made: Quantized, steps: Samples) -> float:
    return sequence_db(opened, read_tflite(made.content), steps.take(JUDGED))


def _uncalibrated(
    model: Model,
    samples: Samples,
    options: Options,
    progress: Progress | None,
    carried: tuple[tuple[int, int], ...] = (),
    types: Types = NONE,
) -> Quantized:
    """The file of a scheme whose activations are quantized during inference. carried, types: of no
    use to it, since no range is shared and nothing is int16.
    """
    state = QuantizationState(model, dynamic=True)
    return _file(weighted(state, samples, options, SCHEMES[options.scheme]), "none")


def _calibrated(
    model: Model,
    samples: Samples,
    options: Options,
    progress: Progress | None,
    carried: tuple[tuple[int, int], ...] = (),
    types: Types = NONE,
) -> Quantized:
    """The file of a calibrated scheme: of several equalization strengths, the one nearest to the
    float model. carried: as of `QuantizationState`. types: of activations, where the scheme does not
    decide.
    """
    state = with_real_inputs(model, samples, options, carried, types)
    starts = _equalized(state, samples, options, progress)
    if samples.count < ENOUGH_SAMPLES or not _is_small(state.graph):
        starts = (_best_before_rounding(starts),)
    made = [_finished(start, samples, options, progress) for start in starts]
    return made[0] if len(made) == 1 else _nearest(made, state.model, samples)


def _finished(
    start: GlobalCalibration, samples: Samples, options: Options, progress: Progress | None
) -> Quantized:
    """The file of a calibrated start, after the range search per tensor and the weight steps."""
    found = refine_per_tensor(start, samples, options, progress)
    state = weighted(found.state, samples, options, SCHEMES[options.scheme])
    return _file(state, found.calibrator)


def _file(state: QuantizationState, calibrator: str) -> Quantized:
    widths = (w for loop in state.loops.values() for w in loop.widths)
    return Quantized(content(assemble_state(state)), calibrator, tuple(widths))


def _is_small(graph: Graph) -> bool:
    """Whether the weights can be rounded several times in reasonable time."""
    sizes = [graph.tensors[layer.weights].size for layer in layers(graph)]
    return len(sizes) <= FEW_LAYERS and sum(sizes) <= FEW_WEIGHTS


def _best_before_rounding(starts: Sequence[GlobalCalibration]) -> GlobalCalibration:
    """The first start, unless another is significantly nearer to the float model before
    second-order rounding.
    """
    best, *others = starts
    for other in others:
        best = other if significantly_lower(other.choice.costs, best.choice.costs) else best
    return best


def _nearest(made: Sequence[Quantized], model: Model, samples: Samples) -> Quantized:
    """The file whose outputs are nearest to the float model's on the samples used for rounding."""
    judged = samples.subsample(MAX_SAMPLES)
    cost = distance(model, judged, model.main.outputs)
    return min(
        made,
        key=lambda each: float(cost(real_outputs(read_tflite(each.content).main, judged)).mean()),
    )


def prepared(float_model: bytes, samples: Samples, options: Options) -> Model:
    """The float model as it is quantized: batch norm folded, GELU by LOGISTIC, REDUCE_ANY by
    REDUCE_ALL, indices plain, masks near, average pooling as MEAN where that has a smaller range, and
    cross-layer equalized if the options say so.
    """
    model = with_select_v2(with_reduce_all(fold_batch_norm(read_tflite(float_model))))
    model = with_sigmoids(model)
    model = with_near_masks(with_plain_indices(model, samples), samples)
    if SCHEMES[options.scheme].narrow_activations:
        model = pools_to_means(model, global_pools(model.main) | narrowing_pools(model, samples))
    return equalize_layers(model) if options.equalize else model


def _equalized(
    state: QuantizationState, samples: Samples, options: Options, progress: Progress | None
) -> tuple[GlobalCalibration, ...]:
    """Calibrated starts, one per strength of activation equalization, `STRENGTH` first; a single
    start without equalization if the options or the scheme exclude it.

    Other strengths than `STRENGTH` are tried only if the calibrator is searched, too.
    """
    fills = SCHEMES[options.scheme].fills_ranges
    if not (fills and options.fill_ranges and options.per_channel):
        return (calibrate_globally(state, samples, options, progress),)
    strengths = STRENGTHS if options.calibrator == "auto" else (STRENGTH,)
    models = {
        m.metadata: m
        for m in (equalize_activations(state.model, samples, strength) for strength in strengths)
    }
    return tuple(
        calibrate_globally(replace(state, model=m), samples, options, progress)
        for m in models.values()
    )


def content(model: Model) -> bytes:
    """The .tflite file of a quantized model, without tensors that nothing reads."""
    model = without_unused(with_byte_inputs(with_gathered_integers(model)))
    return write_tflite(with_input_affine_metadata(model))
