"""Which real inputs a model takes as they are, to make integers of them behind affine operators of each feature.

An input has one scale. Features of very unequal size, such as a pressure of 1013 and an acceleration of 0.02, would
leave the small ones no integers at all, and a layer that normalizes them comes too late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from edgeq.data import Samples, dequantize, quantize
from edgeq.data.samples import Array
from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.input_front import Reals
from edgeq.quantize.affine import affine
from edgeq.quantize.affine_start import Start, absorbed, folded, reading_layers, real_dtypes, unpadded
from edgeq.quantize.assemble import assemble
from edgeq.quantize.choose import better, output_error
from edgeq.quantize.groups import shared
from edgeq.quantize.nearest import round_to_nearest
from edgeq.quantize.observe import FloatRunner, observe
from edgeq.quantize.options import Options
from edgeq.quantize.ranges import min_max
from edgeq.quantize.replay import run
from edgeq.quantize.state import Floats, Quantizing, Range
from edgeq.quantize.widths import typed

JUDGED = 256  # samples
HEALTHY = 25.0  # decibels that a feature keeps in its input's integers, above which nothing is done about it
GAIN = 6.0  # decibels that it must gain
WORTH = 0.7  # of the outputs' error is all that may be left


def with_fronts(model: Model, samples: Samples, options: Options) -> Quantizing:
    """A prepared model before its calibration, with those inputs real for which that keeps more.

    An input is proposed if one of its features keeps less than `HEALTHY` decibels of itself and `GAIN` more behind
    (x - shift) * factor: that of the model's own first layers, or for a model that begins with weights one that they
    absorb. The proposals are taken if the outputs of plainly rounded integer models say so beyond luck.
    """
    state = Quantizing(model)
    if not options.real_inputs or options.scheme == "dynamic":
        return state
    judged = samples.spread(JUDGED)
    opened, starts = model, list[Start]()
    for position in range(len(model.main.inputs)):
        start = _proposed(opened, position, judged.inputs[position], options)
        if start is not None:
            opened = start.model
            starts.append(start)
    if not starts:
        return state
    proposed = Quantizing(opened, dtypes=real_dtypes(starts))
    return proposed if _wins(proposed, state, judged, options) else state


def _wins(proposed: Quantizing, state: Quantizing, samples: Samples, options: Options) -> bool:
    """Whether the outputs come nearer to the float model's beyond luck, or come at all."""
    outputs = state.graph.outputs
    expected = FloatRunner(state.model, outputs)(samples)
    cost = output_error([expected[t] for t in outputs])
    after = cost(_plain_outputs(proposed, samples, options))
    try:
        before = cost(_plain_outputs(state, samples, options))
    except UnsupportedError:  # integer arithmetic has bounds that scales far apart can exceed
        return True
    return better(after, before) and bool(after.mean() <= WORTH * before.mean())


def _proposed(model: Model, position: int, x: Array, options: Options) -> Start | None:
    """The model with an input behind its affine operators, if that keeps a feature that would be lost."""
    real = model.main.tensors[model.main.inputs[position]].dtype == "float32"
    if not real or not np.isfinite(x).all():  # such data are refused as ranges are observed
        return None
    dtype = "int16" if options.scheme == "int16x8" else "int8"
    for start in _starts(model, position, np.asarray(x, np.float32)):
        without, behind = feature_decibels(start, np.asarray(x, np.float32), dtype)
        if np.any((without < HEALTHY) & (behind > without + GAIN)):
            return start
    return None


def _starts(model: Model, position: int, x: Reals) -> Iterator[Start]:
    found = folded(model, position)
    if found is None:
        found = absorbed(model, position, *_scaling(model, position, x))
    if found is not None:
        yield found


def _scaling(model: Model, position: int, x: Reals) -> tuple[Reals, Reals]:
    """Shift and factor of each feature along the last axis that make its mean 0 and its deviation 1.

    Without a shift, where a layer pads with zeros, those that make its largest magnitude 1.
    """
    graph, t = model.main, model.main.inputs[position]
    rows = x.reshape(-1, graph.tensors[t].shape[-1] if graph.tensors[t].shape else 1).astype(np.float64)
    centred = all(unpadded(graph, layer) for layer in reading_layers(graph, t))
    shift = rows.mean(axis=0) if centred else np.zeros(rows.shape[1])
    width = rows.std(axis=0) if centred else np.abs(rows).max(axis=0)
    factor = 1 / np.where(width > 1e-6 * np.abs(rows).max(axis=0), width, 1.0)
    return shift.astype(np.float32), factor.astype(np.float32)


def feature_decibels(start: Start, x: Reals, dtype: str) -> tuple[Floats, Floats]:
    """[features] signal over error of y = (x - shift) * factor, with x in integers and with y in integers.

    x: [samples, ...]. Features that are the same in all samples have nothing to lose: infinite.
    """
    tensor = start.model.main.tensors[start.output]
    shape = (len(x), *tensor.shape)
    y = _affine(start, x.reshape(shape))
    lost = (_affine(start, _rounded(x.reshape(shape), dtype)) - y, _rounded(y, dtype) - y)
    axes = tuple(a for a, size in enumerate(_features(start, tensor.shape)) if size == 1)
    over = (0, *(a + 1 for a in axes))
    signal = y.astype(np.float64).var(axis=over).ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [10 * np.log10(signal / np.square(e.astype(np.float64)).mean(axis=over).ravel()) for e in lost]
    alive = signal > 1e-12 * np.square(y.astype(np.float64)).mean(axis=over).ravel()
    without, behind = (np.where(alive, decibels, np.inf) for decibels in found)
    return without, behind


def _features(start: Start, shape: Sequence[int]) -> tuple[int, ...]:
    """Sizes along the output's axes of what has constants of its own."""
    return np.broadcast_shapes(start.shift.shape, start.factor.shape, (1,) * len(shape))


def _affine(start: Start, x: Reals) -> Reals:
    return np.asarray((x - start.shift) * start.factor, np.float32)


def _rounded(values: Reals, dtype: str) -> Reals:
    """The values on the grid of one scale for all of them."""
    range_ = Range(float(values.min(initial=0)), float(values.max(initial=0)))
    tensor = Tensor("input", values.shape, dtype, affine(range_, dtype, "input"))
    return dequantize(quantize(values, tensor), tensor)


def _plain_outputs(state: Quantizing, samples: Samples, options: Options) -> list[Reals]:
    """What the integer model computes with ranges of extremes and weights to the nearest."""
    ranges = shared(state.graph, {t: min_max(seen) for t, seen in observe(state.model, samples).items()})
    rounded = round_to_nearest(typed(state, options), 8, options.per_channel).with_ranges(ranges)
    return run(assemble(rounded), samples).outputs()
