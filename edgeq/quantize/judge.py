"""Signal over error of each part in the scale that it shares, and of each output, against the float model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Graph
from edgeq.quantize.match import Pair
from edgeq.quantize.observe import activations
from edgeq.quantize.parts import Part, parts
from edgeq.quantize.state import Floats, Reals
from edgeq.simulate.execute import execute

JUDGED = 64  # samples
COUNTED = 64  # distinct values, beyond which more make no difference
PRECISION = 2.0**-24
"""Of float32: what varies by less, relative to the values that it shares a scale with, is no signal."""


@dataclass(frozen=True)
class Kept:
    """What quantization leaves of some values.

    decibels: 10 log10 of how the float values vary from sample to sample over the error, mean squares both; inf where
    there is no error, NaN where nothing varies. distinct: values that are left, at most `COUNTED`. reach: the largest
    float magnitude. varies: standard deviation of the float values from sample to sample.
    """

    decibels: float
    distinct: int
    reach: float
    varies: float


@dataclass(frozen=True)
class PartKept:
    """kept: of each feature of the part, one for a part of none. step: of the scale that they share."""

    part: Part
    kept: tuple[Kept, ...]
    step: float


@dataclass(frozen=True)
class Judged:
    """parts: rounded to the steps of what they become a part of, nothing else quantized. outputs: output tensor of the
    float model -> as the integer network computes it."""

    parts: tuple[PartKept, ...]
    outputs: Mapping[int, Kept]


class _Sums:
    """What is added up of float values [samples, *shape] and their errors, by features along an axis."""

    def __init__(self, shape: tuple[int, ...], axis: int | None) -> None:
        self.axis, self.features = axis, 1 if axis is None else shape[axis]
        self.total, self.squares = np.zeros(shape), np.zeros(shape)
        self.error, self.reach = np.zeros(self.features), np.zeros(self.features)
        self.seen: list[set[int]] = [set() for _ in range(self.features)]
        self.count = 0

    def add(self, exact: Floats, error: Floats, integers: npt.NDArray[np.generic]) -> None:
        self.count += len(exact)
        self.total += exact.sum(axis=0)
        self.squares += np.square(exact).sum(axis=0)
        self.error += np.square(self.rows(error)).sum(axis=1)
        self.reach = np.maximum(self.reach, np.abs(self.rows(exact)).max(axis=1, initial=0.0))
        for found, row in zip(self.seen, self.rows(integers), strict=True):
            if len(found) < COUNTED:
                found.update(np.unique(row)[:COUNTED].tolist())

    def rows(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """[samples, *shape] or [*shape] as [features, values]."""
        if self.axis is None:
            return values.reshape(1, -1)
        axis = self.axis + values.ndim - self.total.ndim
        return np.moveaxis(values, axis, 0).reshape(self.features, -1)

    def kept(self, reach: float) -> tuple[Kept, ...]:
        """reach: the largest magnitude of all that shares the scale."""
        variance = np.maximum(self.squares / self.count - np.square(self.total / self.count), 0.0)
        signal = self.rows(variance).mean(axis=1)
        size = self.total.size / self.features * self.count
        return tuple(_kept(s, e / size, len(found), r, reach)
                     for s, e, found, r in zip(signal, self.error, self.seen, self.reach, strict=True))  # fmt: skip


def _kept(signal: float, error: float, distinct: int, own: float, reach: float) -> Kept:
    varies = float(np.sqrt(signal))
    decibels = float("nan")
    if varies > PRECISION * reach:
        decibels = float(10 * np.log10(signal / error)) if error > 0 else float("inf")
    return Kept(decibels, min(distinct, COUNTED), float(own), varies)


def judge(pair: Pair, samples: Samples) -> Judged:
    """Parts and outputs of an integer model beside the float model, on up to `JUDGED` of the samples."""
    exact, integer = pair.exact.main, pair.integer.main
    judged = [part for part in parts(exact) if _step(pair, part.whole)]
    tallies = [_Sums(exact.tensors[part.values].shape, part.axis) for part in judged]
    outputs = {t: _Sums(exact.tensors[t].shape, None) for t in exact.outputs if _step(pair, t)}
    wanted = sorted({part.values for part in judged} | {part.whole for part in judged} | set(outputs))
    reach = dict.fromkeys(wanted, 0.0)
    some, start = samples.spread(JUDGED), 0
    for found in activations(pair.exact, some, wanted) if wanted else ():
        for part, sums in zip(judged, tallies, strict=True):
            _add_rounded(sums, found[part.values], _step(pair, part.whole))
        block = some.part(slice(start, start := start + len(found[wanted[0]])))
        _add_computed(outputs, pair, integer, block, found)
        reach |= {t: max(reach[t], float(np.abs(found[t]).max(initial=0.0))) for t in wanted}
    return Judged(
        tuple(PartKept(part, sums.kept(reach[part.whole]), _step(pair, part.whole))
              for part, sums in zip(judged, tallies, strict=True)),
        {t: sums.kept(reach[t])[0] for t, sums in outputs.items()},
    )  # fmt: skip


def _step(pair: Pair, t: int) -> float:
    """The scale of a float tensor in the integer model; 0 where it has none there."""
    index = pair.tensors.get(t)
    quantization = None if index is None else pair.integer.main.tensors[index].quantization
    return 0.0 if quantization is None else quantization.scale[0]


def _add_rounded(sums: _Sums, exact: Reals, step: float) -> None:
    """What lies beyond the range of the integers is not cut off: that is a matter of the range, not of its sharing."""
    values = exact.astype(np.float64)
    integers = np.round(values / step)
    sums.add(values, integers * step - values, integers)


def _add_computed(outputs: Mapping[int, _Sums], pair: Pair, integer: Graph, samples: Samples,
                  found: Mapping[int, Reals]) -> None:  # fmt: skip
    kept = [pair.tensors[t] for t in outputs]
    computed = execute(integer, quantized_inputs(integer, samples.inputs), keep=kept) if kept else {}
    for t, sums in outputs.items():
        tensor, values = integer.tensors[pair.tensors[t]], computed[pair.tensors[t]]
        exact = found[t].astype(np.float64)
        sums.add(exact, dequantize(values, tensor) - exact, values)
