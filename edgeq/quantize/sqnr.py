"""Signal-to-quantization-noise ratio (SQNR) of each part of a tensor with a shared scale, and of
each output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph
from edgeq.quantize.model_pair import ModelPair
from edgeq.quantize.observe import activations
from edgeq.quantize.quantization_state import Floats, Reals
from edgeq.quantize.shared_scales import Part, parts_sharing_scale
from edgeq.simulate.execute import execute

MAX_SAMPLES = 64
MAX_DISTINCT = 64  # distinct quantized values that are counted
PRECISION = 2.0**-24
"""Relative precision of float32: values that vary by less than this, relative to the largest value
in their scale, count as constant.
"""


@dataclass(frozen=True)
class ValueStatistics:
    """What quantization preserves of some values.

    sqnr_db: SQNR in dB; the signal is how float values vary between samples. Infinite without
        error, NaN if nothing varies.
    distinct: number of distinct quantized values, at most `MAX_DISTINCT`.
    magnitude: largest float magnitude.
    deviation: standard deviation of the float values between samples.
    """

    sqnr_db: float
    distinct: int
    magnitude: float
    deviation: float


@dataclass(frozen=True)
class PartStatistics:
    """The statistics of one part of a tensor.

    statistics: one entry per feature of the part, a single one if it has no features.
    step: the scale that the parts share.
    """

    part: Part
    statistics: tuple[ValueStatistics, ...]
    step: float


@dataclass(frozen=True)
class SqnrReport:
    """Statistics of an integer model.

    parts: of each part rounded to the shared scale, nothing else quantized.
    outputs: output tensor of the float model -> statistics of the integer model's values.
    """

    parts: tuple[PartStatistics, ...]
    outputs: Mapping[int, ValueStatistics]


class _Sums:
    """Running sums over samples of float values [samples, *shape] and their quantization errors,
    per feature along an axis.
    """

    def __init__(self, shape: tuple[int, ...], axis: int | None) -> None:
        self.axis, self.features = axis, 1 if axis is None else shape[axis]
        self.total, self.squares = np.zeros(shape), np.zeros(shape)
        self.error, self.magnitude = np.zeros(self.features), np.zeros(self.features)
        self.seen: list[set[int]] = [set() for _ in range(self.features)]
        self.count = 0

    def add(self, exact: Floats, error: Floats, integers: npt.NDArray[np.generic]) -> None:
        self.count += len(exact)
        self.total += exact.sum(axis=0)
        self.squares += np.square(exact).sum(axis=0)
        self.error += np.square(self.rows(error)).sum(axis=1)
        self.magnitude = np.maximum(
            self.magnitude, np.abs(self.rows(exact)).max(axis=1, initial=0.0)
        )
        for found, row in zip(self.seen, self.rows(integers), strict=True):
            if len(found) < MAX_DISTINCT:
                found.update(np.unique(row)[:MAX_DISTINCT].tolist())

    def rows(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Values [samples, *shape] or [*shape] as [features, values]."""
        if self.axis is None:
            return values.reshape(1, -1)
        axis = self.axis + values.ndim - self.total.ndim
        return np.moveaxis(values, axis, 0).reshape(self.features, -1)

    def statistics(self, magnitude: float) -> tuple[ValueStatistics, ...]:
        """The statistics of each feature. magnitude: largest magnitude of all values that share the
        scale.
        """
        variance = np.maximum(self.squares / self.count - np.square(self.total / self.count), 0.0)
        signal = self.rows(variance).mean(axis=1)
        size = self.total.size / self.features * self.count
        return tuple(
            _statistics(s, e / size, len(found), r, magnitude)
            for s, e, found, r in zip(signal, self.error, self.seen, self.magnitude, strict=True)
        )


def _statistics(
    signal: float, error: float, distinct: int, own: float, magnitude: float
) -> ValueStatistics:
    deviation = float(np.sqrt(signal))
    sqnr_db = float("nan")
    if deviation > PRECISION * magnitude:
        sqnr_db = float(10 * np.log10(signal / error)) if error > 0 else float("inf")
    return ValueStatistics(sqnr_db, min(distinct, MAX_DISTINCT), float(own), deviation)


def measure_sqnr(pair: ModelPair, samples: Samples) -> SqnrReport:
    """SQNR of the parts and outputs of an integer model against the float model, on up to
    `MAX_SAMPLES` of the samples.
    """
    exact, integer = pair.float_model.main, pair.integer_model.main
    parts = [part for part in parts_sharing_scale(exact) if _step(pair, part.whole)]
    tallies = [_Sums(exact.tensors[part.values].shape, part.axis) for part in parts]
    outputs = {t: _Sums(exact.tensors[t].shape, None) for t in exact.outputs if _step(pair, t)}
    wanted = sorted({part.values for part in parts} | {part.whole for part in parts} | set(outputs))
    magnitude = dict.fromkeys(wanted, 0.0)
    some, start = samples.subsample(MAX_SAMPLES), 0
    for found in activations(pair.float_model, some, wanted) if wanted else ():
        for part, sums in zip(parts, tallies, strict=True):
            _add_rounded(sums, found[part.values], _step(pair, part.whole))
        block = some.part(slice(start, start := start + len(found[wanted[0]])))
        _add_computed(outputs, pair, integer, block, found)
        magnitude |= {
            t: max(magnitude[t], float(np.abs(found[t]).max(initial=0.0))) for t in wanted
        }
    return SqnrReport(
        tuple(
            PartStatistics(part, sums.statistics(magnitude[part.whole]), _step(pair, part.whole))
            for part, sums in zip(parts, tallies, strict=True)
        ),
        {t: sums.statistics(magnitude[t])[0] for t, sums in outputs.items()},
    )


def _step(pair: ModelPair, t: int) -> float:
    """The scale that a float tensor has in the integer model; 0 where it has none."""
    index = pair.tensors.get(t)
    quantization = None if index is None else pair.integer_model.main.tensors[index].quantization
    return 0.0 if quantization is None else quantization.scale[0]


def _add_rounded(sums: _Sums, exact: Reals, step: float) -> None:
    """Adds values rounded to multiples of `step`, without clipping: clipping depends on the range,
    not on sharing it.
    """
    values = exact.astype(np.float64)
    integers = np.round(values / step)
    sums.add(values, integers * step - values, integers)


def _add_computed(
    outputs: Mapping[int, _Sums],
    pair: ModelPair,
    integer: Graph,
    samples: Samples,
    found: Mapping[int, Reals],
) -> None:
    kept = [pair.tensors[t] for t in outputs]
    computed = (
        execute(integer, quantized_inputs(integer, samples.inputs), keep=kept) if kept else {}
    )
    for t, sums in outputs.items():
        tensor, values = integer.tensors[pair.tensors[t]], computed[pair.tensors[t]]
        exact = found[t].astype(np.float64)
        sums.add(exact, dequantize(values, tensor) - exact, values)
