"""Warnings about data in a suspicious range. A float model does not state its input range, so it is
tested on the data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.data.samples import Array, Samples
from edgeq.metrics import accuracy, is_autoencoder, predicted_classes
from edgeq.runtime import float_interpreter, run_samples

PROBED = 128  # evenly spaced samples that the model is run on
HUGE = 1e4
BETTER = 0.25  # gain of accuracy by another range that makes the given one suspicious
REACTS, INDIFFERENT = (
    0.3,
    0.15,
)  # deviation of logits in the right range; with far too small values
SATURATED = 25.0  # median margin of the highest logit; 1.4 to 13 for trained models
Ask = Callable[[Sequence[Array]], Array]
Logits = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rescaling:
    """An alternative range of the data: x * factor + offset."""

    name: str
    factor: float
    offset: float


SMALLER = (
    Rescaling("divided by 255 (0..1)", 1 / 255, 0.0),
    Rescaling("divided by 127.5 minus 1 (-1..1)", 1 / 127.5, -1.0),
)
FROM_UNIT = (
    Rescaling("times 255 (0..255)", 255.0, 0.0),
    Rescaling("times 2 minus 1 (-1..1)", 2.0, -1.0),
)
FROM_SIGNED = (
    Rescaling("times 127.5 plus 127.5 (0..255)", 127.5, 127.5),
    Rescaling("times 0.5 plus 0.5 (0..1)", 0.5, 0.5),
)


def check_range(samples: Samples, float_model: bytes | None = None) -> list[str]:
    """Warnings about the range of data, one line each. No warning does not prove that the range is
    right.

    Always checked: inputs that are constant or equal for all samples, magnitudes above 1e4. With
    `float_model` (a float .tflite), up to 128 samples are run. Warned of are: a single sample;
    equal outputs for all samples; labels that differ while the predicted class does not; accuracy
    below half of the best constant prediction; a classifier whose log-probabilities hardly differ
    between samples, or are saturated.

    If the data looks like pixels (0..255, 0..1 or -1..1), the other two ranges are tried. With
    labels, a range that gains 25 points of accuracy is reported. Without, a range is reported in
    which the model reacts like a trained one (standard deviation of log-probabilities between
    samples at least 0.3), while the given range leaves it indifferent or makes it react over three
    times as strongly. Regression models and autoencoders without labels are not tested in this way;
    `convert` also evaluates the batch normalization of a Keras model, which covers them.
    """
    warnings = [
        w
        for i, x in enumerate(samples.inputs)
        for w in _plain(x, i if len(samples.inputs) > 1 else None)
    ]
    if float_model is None or warnings:
        return warnings
    if samples.count == 1:
        return [
            "there is a single sample: ranges taken from it hold for no other; give a hundred or more"
        ]
    interpreter = float_interpreter(float_model)
    return _asked(samples.subsample(PROBED), lambda inputs: run_samples(interpreter, inputs)[0])


def _plain(x: Array, number: int | None) -> list[str]:
    what = "the input" if number is None else f"input {number}"
    low, high = float(x.min()), float(x.max())
    if low == high:
        return [f"{what} is constant: every value is {low:g}"]
    if len(x) > 1 and (x == x[:1]).all():
        return [f"{what} is the same for all {len(x)} samples"]
    if x.dtype.kind == "f" and max(-low, high) > HUGE:
        return [f"{what} goes from {low:g} to {high:g}, which is unusual for a trained model"]
    return []


def _asked(samples: Samples, ask: Ask) -> list[str]:
    outputs = ask(samples.inputs)
    if samples.count > 1 and np.ptp(outputs.astype(np.float64), axis=0).max() <= 1e-6 * max(
        float(np.abs(outputs).max()), 1e-6
    ):
        return [
            "the float model gives every sample the same output; is the data in the model's range?"
        ]
    low, high = float(samples.x.min()), float(samples.x.max())
    rivals = _rivals(low, high) if len(samples.inputs) == 1 and samples.x.dtype.kind == "f" else ()
    y = _labels(samples, outputs)
    found = _by_labels(samples.x, y, outputs, rivals, ask) if y is not None else ""
    logits = _logits(outputs)
    if not found and logits is not None and samples.count >= 8:
        found = _by_logits(samples.x, logits, rivals, ask)
    return [f"the data goes from {low:g} to {high:g}: {found}"] if found else []


def _rivals(low: float, high: float) -> Sequence[Rescaling]:
    if low >= 0 and 100 < high <= 255:
        return SMALLER
    if low >= 0 and 0.4 < high <= 1:
        return FROM_UNIT
    return FROM_SIGNED if -1 <= low < -0.4 and 0.4 < high <= 1 else ()


def _rescaled(x: Array, rival: Rescaling) -> Array:
    return (x.astype(np.float32) * np.float32(rival.factor) + np.float32(rival.offset)).astype(
        x.dtype
    )


def _labels(samples: Samples, outputs: Array) -> npt.NDArray[np.int64] | None:
    """The labels, if there are at least 8 and they are more than one class of this model; else
    None.
    """
    y = samples.y
    if y is None or y.dtype != np.int64 or y.shape != (len(outputs),) or len(y) < 8:
        return None
    labels = y.astype(np.int64)
    fits = (
        labels.min() >= 0
        and labels.max() < max(outputs[0].size, 2)
        and not is_autoencoder(samples.x, outputs)
    )
    return labels if fits and labels.min() != labels.max() else None


def _by_labels(
    x: Array, y: npt.NDArray[np.int64], outputs: Array, rivals: Sequence[Rescaling], ask: Ask
) -> str:
    reached = accuracy(outputs, y)
    tried = {rival.name: accuracy(ask([_rescaled(x, rival)]), y) for rival in rivals}
    best = max(tried, key=lambda name: tried[name], default="")
    if best and tried[best] >= reached + BETTER:
        return f"the float model gets {reached:.0%} of the labels right, {best} it gets {tried[best]:.0%}"
    predicted = predicted_classes(outputs)
    if len(y) >= 32 and predicted.min() == predicted.max():
        return f"the float model gives every sample class {predicted[0]}, though the labels differ"
    constant = float(np.bincount(y).max() / len(y))
    if len(y) >= 32 and reached < constant / 2:
        return f"the float model gets {reached:.0%} of the labels right, always guessing one class gets {constant:.0%}"
    return ""


def _by_logits(x: Array, logits: Logits, rivals: Sequence[Rescaling], ask: Ask) -> str:
    given = _reaction(logits)
    for rival in rivals:
        rescaled = _logits(ask([_rescaled(x, rival)]))
        reaction = 0.0 if rescaled is None else _reaction(rescaled)
        too_large = rivals is SMALLER and given > 3 * reaction
        if reaction >= REACTS and (too_large or given < INDIFFERENT):
            return (
                f"the float model reacts like a trained one to this data {rival.name}, not as it is; if it is "
                "trained, rescale the data, or save the factor as scale in the .npz"
            )
    if given < INDIFFERENT / 3:
        return "the float model's answers barely depend on the sample; is it trained, and the data in its range?"
    ordered = np.sort(logits, axis=1)
    if np.median(ordered[:, -1] - ordered[:, -2]) > SATURATED:
        return "the float model's answers are saturated; is the data in the range that it was trained on?"
    return ""


def _logits(outputs: Array) -> Logits | None:
    """Centred log-probabilities [n, classes] of softmax or single sigmoid outputs; None for other
    outputs.
    """
    rows = outputs.reshape(len(outputs), -1).astype(np.float64)
    if rows.min() < 0 or rows.max() > 1 + 1e-6:
        return None
    if rows.shape[1] == 1:
        rows = np.hstack([1 - rows, rows])
    if not np.allclose(rows.sum(axis=1), 1, atol=1e-3):
        return None
    logits = np.log(np.maximum(rows, 1e-38))
    return np.asarray(logits - logits.mean(axis=1, keepdims=True))


def _reaction(logits: Logits) -> float:
    """Standard deviation between samples, median over classes; 0.7 to 5.2 for trained models in
    their range.
    """
    return float(np.median(logits.std(axis=0)))
