"""The score of an integer model on the evaluation data, and significance tests between scores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq import metrics
from edgeq.data import Samples
from edgeq.errors import EdgeqError
from edgeq.metrics import Array, predicted_classes

MIN_STANDARD_ERRORS = 2.0  # of a paired difference, to count as significant
AGREEMENT, ERROR = (
    "agreement",
    "output_error",
)  # metrics against the float model, for data without labels
METRICS = (*metrics.METRICS, AGREEMENT, ERROR)
LOWER_IS_BETTER = ("mean_abs_error", "mean_squared_error", ERROR)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Score:
    """The score of an integer model's first output on the evaluation data.

    metric, value: what decides.
    mean_abs_error: of the dequantized output against the float model's, in the output's unit.
    agreement: share of equal arg-max; None if the outputs are not classes.
    parts: float32 [samples, or groups], of mean `value`; paired differences of two models give the
        standard error.
    errors: float32 [samples], of mean `mean_abs_error`.
    """

    metric: str
    value: float
    mean_abs_error: float
    agreement: float | None
    parts: npt.NDArray[np.float32]
    errors: npt.NDArray[np.float32]

    @property
    def gains(self) -> Floats:
        """`parts` with the sign changed, if needed, so that larger is better."""
        return np.asarray(self.parts, np.float64) * (-1 if self.metric in LOWER_IS_BETTER else 1)

    def to_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric,
            "score": self.value,
            "agreement": self.agreement,
            "mean_abs_error": self.mean_abs_error,
        }


def choose_metric(samples: Samples, reference: Array, asked: str | None = None) -> str:
    """The metric that decides: the one asked for; else with labels the one of `edgeq.metrics` that
    fits them; else agreement with the float model, or output error if the outputs are not classes.

    reference: the float model's first output, [samples, ...].

    Raises EdgeqError for an unknown or unsuitable metric and for labels that do not fit the model.
    """
    if asked is not None and asked not in METRICS:
        raise EdgeqError(
            f"metric {asked!r}", "it is not known", f"choose one of {', '.join(METRICS)}"
        )
    if asked in (AGREEMENT, ERROR):
        return asked
    if asked is not None:
        metrics.score(asked, samples.x, reference, samples.y, samples.group)
        return asked
    found, _ = metrics.default_metric(samples.x, reference, samples.y, samples.group)
    return found or (AGREEMENT if outputs_are_classes(samples.x, reference) else ERROR)


def outputs_are_classes(x: Array, outputs: Array) -> bool:
    """Whether arg-max (or the threshold 0.5 of a single output) is meaningful: not for autoencoders
    and unbounded outputs.

    >>> outputs_are_classes(np.zeros((2, 9)), np.array([[0.2], [0.9]]))
    True
    >>> outputs_are_classes(np.zeros((2, 9)), np.array([[0.2], [7.0]]))
    False
    """
    if outputs[0].size == 1:
        return bool(outputs.astype(np.float64).min() >= 0 and outputs.astype(np.float64).max() <= 1)
    return not metrics.is_autoencoder(x, outputs)


def measure(metric: str, samples: Samples, outputs: Array, reference: Array) -> Score:
    """The score of dequantized outputs [samples, ...] by a metric of `choose_metric`.

    reference: the float model's outputs.
    """
    count = samples.count
    errors = (
        np.abs(outputs.astype(np.float64) - reference.astype(np.float64))
        .reshape(count, -1)
        .mean(axis=1)
    )
    agrees = (predicted_classes(outputs) == predicted_classes(reference)).astype(np.float64)
    parts = {AGREEMENT: agrees, ERROR: errors}[metric] if metric in (AGREEMENT, ERROR) else None
    if parts is None:
        parts = _parts(metric, samples, outputs)
    agreed = float(agrees.mean()) if outputs_are_classes(samples.x, reference) else None
    return Score(
        metric,
        float(parts.mean()),
        float(errors.mean()),
        agreed,
        np.asarray(parts, np.float32),
        np.asarray(errors, np.float32),
    )


def _parts(metric: str, samples: Samples, outputs: Array) -> Floats:
    y = samples.y
    assert y is not None
    if metric == "accuracy":
        return np.asarray(predicted_classes(outputs) == y, np.float64)
    if metric == "auc":
        return auc_parts(*metrics.auc_scores(samples.x, outputs, y, samples.group))
    difference = outputs.reshape(samples.count, -1).astype(np.float64) - y.reshape(
        samples.count, -1
    ).astype(np.float64)
    return np.asarray(
        (np.abs(difference) if metric == "mean_abs_error" else difference**2).mean(axis=1),
        np.float64,
    )


def auc_parts(scores: Floats, labels: Array) -> Floats:
    """Values [n] whose mean is the AUC; the paired differences d of two models have the standard
    error std(d) / sqrt(n).

    These are the structural components of DeLong, DeLong and Clarke-Pearson 1988 (equations 4 and
    5): for a positive, the share of negatives that it scores above; for a negative, the share of
    positives that score above it; ties count half. Each deviation from their mean is weighted by n
    over the number of its class.

    >>> auc_parts(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])).tolist()
    [1.25, 0.25, 0.25, 1.25]
    """
    positive = np.asarray(labels) == 1
    parts = np.empty(len(scores))
    for kind, sign in ((positive, 1), (~positive, -1)):
        others = np.sort(sign * scores[~kind])
        own = sign * scores[kind]
        beaten = (np.searchsorted(others, own, "left") + np.searchsorted(others, own, "right")) / (
            2 * len(others)
        )
        parts[kind] = beaten.mean() + (beaten - beaten.mean()) * len(scores) / len(own)
    return parts


def standard_error(differences: Floats) -> float:
    """The standard error of the mean of paired differences [n]."""
    return float(differences.std() / np.sqrt(len(differences)))


def best(scores: Mapping[int, Score]) -> int:
    """The number of the best trial.

    All trials whose metric is less than `MIN_STANDARD_ERRORS` standard errors of the paired
    difference below the highest are tied. Of these the one with the lowest output error against the
    float model is best, which is far less noisy; then the lowest number.
    """
    top = max(scores.values(), key=lambda s: (s.gains.mean(), -s.mean_abs_error))
    tied = [n for n, s in scores.items() if not _certainly_positive(top.gains - s.gains)]
    return min(tied, key=lambda n: (scores[n].mean_abs_error, n))


def _certainly_positive(differences: Floats) -> bool:
    return bool(differences.mean() > MIN_STANDARD_ERRORS * standard_error(differences))


def compare(score: Score, other: Score) -> dict[str, Any]:
    """The gain of `score` over `other`: differences, their paired standard errors, and whether one
    is significant.
    """
    gained = score.gains - other.gains
    saved = np.asarray(other.errors, np.float64) - score.errors
    return {
        "score": score.value - other.value,
        "score_standard_error": standard_error(gained),
        "mean_abs_error": score.mean_abs_error - other.mean_abs_error,
        "mean_abs_error_standard_error": standard_error(saved),
        "better": _certainly_positive(gained) or _certainly_positive(saved),
    }


def overlap(samples: Samples, others: Samples) -> int:
    """How many of the samples also occur, byte for byte in all inputs, among the others."""
    known = set(_rows(others))
    return sum(row in known for row in _rows(samples))


def _rows(samples: Samples) -> Iterator[bytes]:
    for n in range(samples.count):
        yield hashlib.sha256(b"".join(x[n].tobytes() for x in samples.inputs)).digest()
