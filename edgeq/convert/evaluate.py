"""Float and integer model side by side on one data set."""

from __future__ import annotations

import builtins
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite
from edgeq.metrics import default_metric, score
from edgeq.runtime import reference_interpreter, run_samples
from edgeq.simulate.execute import first_output


@dataclass(frozen=True)
class Accuracy:
    """One metric of both models, in the names of CLI.md's `accuracy`."""

    metric: str
    float: builtins.float
    int8: builtins.float


def evaluate(float_model: bytes, int8_model: bytes, samples: Samples, metric: str | None = None) -> Accuracy:
    """The metric of both models' first outputs; None chooses by `edgeq.metrics.default_metric`.

    The float model runs on XNNPACK, whose rounding does not matter there, the integer model in the simulator. Raises
    EdgeqError if the samples have no labels or the metric does not fit.
    """
    outputs = float_outputs(float_model, samples)
    chosen = metric or default_metric(samples.x, outputs, samples.y)
    if chosen is None:
        raise EdgeqError(f"evaluation data {samples.origin}", "it has no labels", "give y, or leave evaluation out")
    values = [score(chosen, samples.x, o, samples.y, samples.group)
              for o in (outputs, int8_outputs(int8_model, samples))]  # fmt: skip
    return Accuracy(chosen, *values)


def float_outputs(model: bytes, samples: Samples) -> npt.NDArray[np.float32]:
    """First output [n, ...] of a float .tflite."""
    return run_samples(reference_interpreter(model, xnnpack=True), samples.inputs)[0].astype(np.float32)


def int8_outputs(model: bytes, samples: Samples) -> npt.NDArray[np.float32]:
    """First output [n, ...] of a quantized .tflite as the device computes it, dequantized."""
    return first_output(read_tflite(model).main, samples)
