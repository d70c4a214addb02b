"""Float and integer model side by side on one data set."""

from __future__ import annotations

import builtins
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.data import LabelCheck, Samples, check_labels
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite
from edgeq.metrics import score
from edgeq.simulate.execute import first_output

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Accuracy:
    """One metric of both models, in the names of CLI.md's `accuracy`."""

    metric: str
    float: builtins.float
    int8: builtins.float


def evaluate(
    exact: Values, int8_model: bytes, samples: Samples, metric: str | None = None
) -> Accuracy:
    """The metric of both models' first outputs; None chooses by `edgeq.data.check_labels`.

    exact: what the float model gives for the samples, [n, ...]. The integer model runs in the
    simulator. Raises EdgeqError if the samples have no labels or the metric does not fit.
    """
    chosen = evaluation_metric(samples, exact, metric).metric
    assert chosen is not None
    values = [
        score(chosen, samples.x, outputs, samples.y, samples.group)
        for outputs in (exact, int8_outputs(int8_model, samples))
    ]
    return Accuracy(chosen, *values)


def evaluation_metric(samples: Samples, outputs: Values, metric: str | None) -> LabelCheck:
    """`check_labels` of samples that a model is to be measured on; EdgeqError where no metric
    serves.
    """
    found = check_labels(samples, outputs, metric)
    if found.metric is None:
        why = "; ".join(found.notes) or "it has no labels"
        raise EdgeqError(
            f"evaluation data {samples.origin}", why, "mend y, or leave evaluation out"
        )
    return found


def int8_outputs(model: bytes, samples: Samples) -> Values:
    """First output [n, ...] of a quantized .tflite as the device computes it, dequantized."""
    return first_output(read_tflite(model).main, samples)
