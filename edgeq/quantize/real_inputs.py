"""Which model inputs stay float32, with a subtraction, a multiplication and a QUANTIZE behind them.

An input tensor has one scale. Where features differ by orders of magnitude, such as a pressure of
1013 and an acceleration of 0.02, small features would have no resolution in int8, and a
Normalization layer behind the quantized input could not restore them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgeq.data import Samples, dequantize, quantize
from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.input_affine import Reals
from edgeq.quantize.activation_types import with_activation_types
from edgeq.quantize.affine import affine
from edgeq.quantize.affine_input import AffineInput, real_dtypes
from edgeq.quantize.assemble import assemble
from edgeq.quantize.calibrator_search import output_error, significantly_lower
from edgeq.quantize.calibrators import min_max
from edgeq.quantize.incremental_run import run
from edgeq.quantize.input_affine_absorption import absorb_input_affine, reading_layers, unpadded
from edgeq.quantize.input_affine_folding import fold_input_affine
from edgeq.quantize.input_branches import branch_input
from edgeq.quantize.loops import quantize_loops
from edgeq.quantize.nearest_rounding import round_to_nearest
from edgeq.quantize.observe import FloatRunner, observe
from edgeq.quantize.options import Options
from edgeq.quantize.quantization_state import Floats, QuantizationState, Range, Types
from edgeq.quantize.real_chains import with_real_chains
from edgeq.quantize.scale_groups import unify_ranges
from edgeq.quantize.schemes import SCHEMES

SELECTION_SAMPLES = 256  # samples on which candidates are compared
SUFFICIENT_DB = 25.0  # dB of SQNR; a feature with more needs nothing
MIN_GAIN_DB = 6.0  # dB of SQNR that a feature must gain
NO_TYPES: Types = {}
MAX_RELATIVE_ERROR = 0.7  # largest output error, relative to that of a quantized input


def with_real_inputs(
    model: Model,
    samples: Samples,
    options: Options,
    carried: tuple[tuple[int, int], ...] = (),
    types: Types = NO_TYPES,
) -> QuantizationState:
    """A prepared model as a state before calibration, with those inputs kept float32 for which that
    preserves more.

    An input is a candidate if one of its features has less than `SUFFICIENT_DB` dB SQNR in the input's
    int8 or int16, and at least `MIN_GAIN_DB` dB more behind (x - shift) * factor, taken from the model's
    own first operators or absorbed by its first weights; where several operators read the input or
    parts of it, behind those of one of them. Candidates are kept if the outputs of
    round-to-nearest integer models improve significantly.

    carried: as of `QuantizationState`, of inputs behind all others. types: of activations that are
    no chains of reals, where the scheme does not decide.
    """
    loops = quantize_loops(model, samples, options) if SCHEMES[options.scheme].calibrated else {}
    state = _typed(QuantizationState(model, loops=loops, carried=carried), types)
    if not options.real_inputs or not SCHEMES[options.scheme].calibrated:
        return state
    selection = samples.subsample(SELECTION_SAMPLES)
    opened, starts = model, list[AffineInput]()
    for position in range(len(model.main.inputs) - len(carried)):
        for start in _proposed(opened, position, selection, options):
            opened = start.model
            starts.append(start)
    if not starts:
        return state
    proposed = _typed(replace(state, model=opened, dtypes=real_dtypes(starts)), types)
    return proposed if _wins(proposed, state, selection, options) else state


def _typed(state: QuantizationState, types: Types) -> QuantizationState:
    """The state with its chains of reals, and the given types of other activations."""
    state = with_real_chains(state)
    return replace(state, dtypes={**types, **state.dtypes})


def _wins(
    proposed: QuantizationState, state: QuantizationState, samples: Samples, options: Options
) -> bool:
    """Whether the proposed state's outputs are significantly nearer to the float model's, or the
    present one cannot be computed in integers.
    """
    outputs = state.graph.outputs
    expected = FloatRunner(state.model, outputs)(samples)
    cost = output_error(state.graph, outputs, [expected[t] for t in outputs])
    after = cost(_plain_outputs(proposed, samples, options))
    try:
        before = cost(_plain_outputs(state, samples, options))
    except UnsupportedError:  # scales too far apart for integer arithmetic
        return True
    return significantly_lower(after, before) and bool(
        after.mean() <= MAX_RELATIVE_ERROR * before.mean()
    )


def _proposed(
    model: Model, position: int, samples: Samples, options: Options
) -> tuple[AffineInput, ...]:
    """The model with an input kept float32 behind the affine operators of each of its readers, if
    that preserves a feature that int8 or int16 would lose; else nothing. The last has them all.
    """
    t, x = model.main.inputs[position], samples.inputs[position]
    real = model.main.tensors[t].dtype == "float32"
    if not real or not np.isfinite(x).all():  # refused when calibration statistics are taken
        return ()
    dtype, reals = SCHEMES[options.scheme].activations, np.asarray(x, np.float32)
    starts = _starts(model, position, reals)
    parts = {start.input for start in starts} - {t}
    values = {t: reals, **(FloatRunner(model, sorted(parts))(samples) if parts else {})}
    for start in starts:
        without, behind = feature_sqnr_db(start, values[start.input], dtype, _range(reals))
        if np.any((without < SUFFICIENT_DB) & (behind > without + MIN_GAIN_DB)):
            return starts
    return ()


def _starts(model: Model, position: int, x: Reals) -> tuple[AffineInput, ...]:
    found = fold_input_affine(model, position)
    if found is None:
        found = absorb_input_affine(model, position, *_scaling(model, position, x))
    return branch_input(model, position) if found is None else (found,)


def _scaling(model: Model, position: int, x: Reals) -> tuple[Reals, Reals]:
    """Shift and factor, per feature of the last axis, that standardize the samples to mean 0 and
    deviation 1.

    Where a layer pads with zeros there is no shift, and the factor makes the largest magnitude 1.
    """
    graph, t = model.main, model.main.inputs[position]
    rows = x.reshape(-1, graph.tensors[t].shape[-1] if graph.tensors[t].shape else 1).astype(
        np.float64
    )
    centred = all(unpadded(graph, layer) for layer in reading_layers(graph, t))
    shift = rows.mean(axis=0) if centred else np.zeros(rows.shape[1])
    width = rows.std(axis=0) if centred else np.abs(rows).max(axis=0)
    factor = 1 / np.where(width > 1e-6 * np.abs(rows).max(axis=0), width, 1.0)
    return shift.astype(np.float32), factor.astype(np.float32)


def feature_sqnr_db(
    start: AffineInput, x: Reals, dtype: str, whole: Range
) -> tuple[Floats, Floats]:
    """SQNR in dB, [features], of y = (x - shift) * factor: with x quantized, and with y quantized.

    x: [samples, ...]. whole: range of the input that x is, or is a part of. Features that are
    constant over all samples have infinite SQNR.
    """
    tensor = start.model.main.tensors[start.output]
    shape = (len(x), *tensor.shape)
    y = _affine(start, x.reshape(shape))
    quantized = _rounded(x.reshape(shape), dtype, whole)
    lost = (_affine(start, quantized) - y, _rounded(y, dtype, _range(y)) - y)
    axes = tuple(a for a, size in enumerate(_features(start, tensor.shape)) if size == 1)
    over = (0, *(a + 1 for a in axes))
    signal = y.astype(np.float64).var(axis=over).ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [
            10 * np.log10(signal / np.square(e.astype(np.float64)).mean(axis=over).ravel())
            for e in lost
        ]
    alive = signal > 1e-12 * np.square(y.astype(np.float64)).mean(axis=over).ravel()
    without, behind = (np.where(alive, decibels, np.inf) for decibels in found)
    return without, behind


def _features(start: AffineInput, shape: Sequence[int]) -> tuple[int, ...]:
    """Sizes along the output's axes of the features that have their own constants."""
    return np.broadcast_shapes(start.shift.shape, start.factor.shape, (1,) * len(shape))


def _affine(start: AffineInput, x: Reals) -> Reals:
    return np.asarray((x - start.shift) * start.factor, np.float32)


def _range(values: Reals) -> Range:
    return Range(float(values.min(initial=0)), float(values.max(initial=0)))


def _rounded(values: Reals, dtype: str, range_: Range) -> Reals:
    """The values quantized and dequantized with one scale over a range."""
    tensor = Tensor("input", values.shape, dtype, affine(range_, dtype, "input"))
    return dequantize(quantize(values, tensor), tensor)


def _plain_outputs(state: QuantizationState, samples: Samples, options: Options) -> list[Reals]:
    """The integer model's outputs with min-max ranges and weights rounded to nearest."""
    ranges = unify_ranges(
        state.graph, {t: min_max(seen) for t, seen in observe(state.model, samples).items()}
    )
    rounded = round_to_nearest(
        with_activation_types(state, options), 8, options.per_channel
    ).with_ranges(ranges)
    return run(assemble(rounded), samples).outputs()
