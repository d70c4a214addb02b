"""The float model's activations on calibration data, streamed: no more than one block of samples is in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import Model, write_tflite
from edgeq.quantize.state import Floats, is_activation, replace_main
from edgeq.runtime import float_interpreter, run_samples

BINS = 2048
BLOCK_BYTES = 64 << 20
Activations = Mapping[int, npt.NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Statistics:
    """What calibration saw of one tensor.

    low, high: extremes. average_low, average_high: of the samples' own extremes, by exponential moving average in the
    order of the samples. counts: int64 [BINS], how many values fell into each of the equal parts of [low, high].
    """

    low: float
    high: float
    average_low: float
    average_high: float
    counts: npt.NDArray[np.int64]

    @property
    def edges(self) -> Floats:
        return np.linspace(self.low, self.high, len(self.counts) + 1)


class FloatRunner:
    """The float model with chosen activations readable, on TFLite's optimised kernels, one sample at a time."""

    def __init__(self, model: Model, tensors: Sequence[int]) -> None:
        """tensors: of the main graph; inputs of the graph are read from the samples."""
        graph = model.main
        self.shapes = {t: graph.tensors[t].shape for t in tensors}
        self.fed = {t: graph.inputs.index(t) for t in tensors if t in graph.inputs}
        self.computed = tuple(t for t in tensors if t not in self.fed)
        opened = replace_main(replace(model, signatures=()), replace(graph, outputs=self.computed))
        self.interpreter = float_interpreter(write_tflite(opened))
        outputs = self.interpreter.get_output_details()
        self.positions = {t: outputs[k]["index"] for k, t in enumerate(self.computed)}

    def __call__(self, samples: Samples) -> Activations:
        """tensor -> float32 [samples, *tensor shape]."""
        values = run_samples(self.interpreter, samples.inputs, list(self.positions.values()))
        found = dict(zip(self.positions, values, strict=True))
        found |= {t: samples.inputs[position] for t, position in self.fed.items()}
        return {t: np.asarray(v, np.float32).reshape(samples.count, *self.shapes[t]) for t, v in found.items()}


def blocks(samples: Samples, sample_bytes: int) -> Iterator[Samples]:
    """The samples in order, so many at a time as `BLOCK_BYTES` hold."""
    size = max(1, BLOCK_BYTES // max(sample_bytes, 1))
    for start in range(0, samples.count, size):
        yield samples.part(slice(start, start + size))


def activations(model: Model, samples: Samples, tensors: Sequence[int]) -> Iterator[Activations]:
    """The values of some tensors, block by block. Raises EdgeqError for a tensor that is not finite."""
    run = FloatRunner(model, tensors)
    for block in blocks(samples, 4 * sum(model.main.tensors[t].size for t in tensors)):
        values = run(block)
        for t, found in values.items():
            if not np.isfinite(found).all():
                raise _not_finite(model, t, samples)
        yield values


def observe(model: Model, samples: Samples) -> dict[int, Statistics]:
    """Statistics of every activation, in two passes: extremes first, then counts between them.

    The result depends on the samples and their order, not on how many are computed together.
    """
    tensors = [t for t, tensor in enumerate(model.main.tensors) if is_activation(tensor)]
    used = [t for t in tensors if t in model.main.inputs or any(t in op.outputs for op in model.main.ops)]
    extremes = _extremes(model, samples, used)
    counts = {t: np.zeros(BINS, np.int64) for t in used}
    for values in activations(model, samples, used):
        for t, found in values.items():
            low, high = extremes[t][:, 0].min(), extremes[t][:, 1].max()
            counts[t] += np.histogram(found, BINS, (low, high) if high > low else (low, low + 1))[0]
    return {t: Statistics(float(e[:, 0].min()), float(e[:, 1].max()), *_moving_average(e), counts[t])
            for t, e in extremes.items()}  # fmt: skip


def _extremes(model: Model, samples: Samples, tensors: Sequence[int]) -> dict[int, Floats]:
    """tensor -> the least and the largest value of each sample, [samples, 2]."""
    parts: dict[int, list[Floats]] = {t: [] for t in tensors}
    for values in activations(model, samples, tensors):
        for t, found in values.items():
            rows = found.reshape(len(found), -1).astype(np.float64)
            parts[t].append(np.stack([rows.min(axis=1), rows.max(axis=1)], axis=1))
    return {t: np.concatenate(part) for t, part in parts.items()}


def _moving_average(extremes: Floats, memory: int = 100) -> tuple[float, float]:
    """Exponential moving average of the rows, a plain mean of the first `memory` (Jacob et al. 2018, section 3.1)."""
    average = extremes[0].copy()
    for n, row in enumerate(extremes[1:], start=2):
        average += (row - average) / min(n, memory)
    return float(average[0]), float(average[1])


def _not_finite(model: Model, tensor: int, samples: Samples) -> EdgeqError:
    name = model.main.tensors[tensor].name
    what = "calibration data" if tensor in model.main.inputs else "the float model on the calibration data"
    where = f"{what} {samples.origin}" if samples.origin else what
    return EdgeqError(where, f"tensor {name!r} gets NaN or infinite values", "remove or repair those samples")
