"""Calibration statistics of the float model's activations, streamed in blocks of samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model, write_tflite
from edgeq.quantize.quantization_state import Floats, is_activation, replace_main
from edgeq.runtime import float_interpreter, run_samples

BINS = 2048
BLOCK_BYTES = 64 << 20
Activations = Mapping[int, npt.NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Statistics:
    """Calibration statistics of one tensor.

    low, high: smallest and largest value.
    average_low, average_high: exponential moving averages of the samples' own extremes, in the
        order of the samples.
    counts: histogram, int64 [BINS], over equal bins of [low, high].
    """

    low: float
    high: float
    average_low: float
    average_high: float
    counts: npt.NDArray[np.int64]

    @cached_property
    def edges(self) -> Floats:
        return np.linspace(self.low, self.high, len(self.counts) + 1)

    @cached_property
    def centres(self) -> Floats:
        return np.asarray((self.edges[1:] + self.edges[:-1]) / 2)


class FloatRunner:
    """Runs a float model one sample at a time on TFLite's optimized kernels and returns chosen
    activations.
    """

    def __init__(self, model: Model, tensors: Sequence[int]) -> None:
        """Prepares the interpreter. tensors: of the main graph; graph inputs are taken from the
        samples.
        """
        graph = model.main
        self.shapes = {t: graph.tensors[t].shape for t in tensors}
        self.fed = {t: graph.inputs.index(t) for t in tensors if t in graph.inputs}
        self.computed = tuple(t for t in tensors if t not in self.fed)
        opened = replace_main(replace(model, signatures=()), replace(graph, outputs=self.computed))
        self.interpreter = float_interpreter(write_tflite(opened))
        outputs = self.interpreter.get_output_details()
        self.positions = {t: outputs[k]["index"] for k, t in enumerate(self.computed)}

    def __call__(self, samples: Samples) -> Activations:
        """Tensor -> its values, float32 [samples, *tensor shape]."""
        values = run_samples(self.interpreter, samples.inputs, list(self.positions.values()))
        found = dict(zip(self.positions, values, strict=True))
        found |= {t: samples.inputs[position] for t, position in self.fed.items()}
        return {
            t: np.asarray(v, np.float32).reshape(samples.count, *self.shapes[t])
            for t, v in found.items()
        }


def blocks(samples: Samples, sample_bytes: int) -> Iterator[Samples]:
    """The samples in blocks of at most `BLOCK_BYTES`. sample_bytes: of all values kept for one
    sample.
    """
    size = max(1, BLOCK_BYTES // max(sample_bytes, 1))
    for start in range(0, samples.count, size):
        yield samples.part(slice(start, start + size))


def activations(model: Model, samples: Samples, tensors: Sequence[int]) -> Iterator[Activations]:
    """The float model's values of some tensors, one block of samples after another.

    Raises EdgeqError for a tensor with NaN or infinite values.
    """
    run = FloatRunner(model, tensors)
    for block in blocks(samples, 4 * sum(model.main.tensors[t].size for t in tensors)):
        values = run(block)
        for t, found in values.items():
            if not np.isfinite(found).all():
                raise _not_finite(model, t, samples)
        yield values


def observe(model: Model, samples: Samples) -> dict[int, Statistics]:
    """Calibration statistics of every activation, in two passes: extremes, then histograms.

    The result depends on the samples and their order, not on the size of a block.
    """
    tensors = [t for t, tensor in enumerate(model.main.tensors) if is_activation(tensor)]
    used = [
        t
        for t in tensors
        if t in model.main.inputs or any(t in op.outputs for op in model.main.ops)
    ]
    passes = _passes(model, samples, used)
    extremes = _extremes(next(passes), used)
    counts = {t: np.zeros(BINS, np.int64) for t in used}
    for values in next(passes):
        for t, found in values.items():
            low, high = extremes[t][:, 0].min(), extremes[t][:, 1].max()
            counts[t] += np.histogram(found, BINS, (low, high) if high > low else (low, low + 1))[0]
    return {
        t: Statistics(float(e[:, 0].min()), float(e[:, 1].max()), *_moving_average(e), counts[t])
        for t, e in extremes.items()
    }


def _passes(
    model: Model, samples: Samples, tensors: Sequence[int]
) -> Iterator[Iterable[Activations]]:
    """The values of some tensors, block by block, any number of times. A single block is computed
    once and kept; of several, which memory may not hold together, each is computed every time.
    """
    one_block = 4 * sum(model.main.tensors[t].size for t in tensors) * samples.count <= BLOCK_BYTES
    kept = list(activations(model, samples, tensors)) if one_block else None
    while True:
        yield activations(model, samples, tensors) if kept is None else kept


def _extremes(values: Iterable[Activations], tensors: Sequence[int]) -> dict[int, Floats]:
    """Tensor -> smallest and largest value of each sample, [samples, 2]."""
    parts: dict[int, list[Floats]] = {t: [] for t in tensors}
    for block in values:
        for t, found in block.items():
            rows = found.reshape(len(found), -1)
            ends = np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1)
            parts[t].append(ends.astype(np.float64))
    return {t: np.concatenate(part) for t, part in parts.items()}


def _moving_average(extremes: Floats, memory: int = 100) -> tuple[float, float]:
    """Exponential moving average of the rows; the plain mean of the first `memory` (Jacob et al.
    2018, section 3.1).
    """
    average = extremes[0].copy()
    for n, row in enumerate(extremes[1:], start=2):
        average += (row - average) / min(n, memory)
    return float(average[0]), float(average[1])


def _not_finite(model: Model, tensor: int, samples: Samples) -> EdgeqError:
    name = model.main.tensors[tensor].name
    what = (
        "calibration data"
        if tensor in model.main.inputs
        else "the float model on the calibration data"
    )
    where = f"{what} {samples.origin}" if samples.origin else what
    return EdgeqError(
        where, f"tensor {name!r} gets NaN or infinite values", "remove or repair those samples"
    )
