"""The float .tflite compared with the model that it was made of, on calibration samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.convert.first_difference import Interpreter, first_difference
from edgeq.data import Samples, input_specs
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.frontends import Outputs, Reference
from edgeq.graph import read_tflite
from edgeq.runtime import float_interpreter, run_samples

COMPARED = 32  # samples, spread evenly over the set, or steps of a sequence
BOUND = 1e-3  # of the scale of an output; float32 rounding stays below 2e-5 on the models that this was set on
READ_OUT = 8  # samples, of which the value of every layer is compared
SHARE = 0.1  # of samples that may lie beyond: comparisons and roundings in a model may fall to the other side
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Fidelity:
    """How far the float .tflite is from its source.

    against: the framework that computed the truth. samples: compared. relative: of the output that
    is farthest off, the largest of the samples' RMS differences in units of the output's scale
    (`scale_of`); largest: its largest
    difference of one value. output: its name. beyond: samples with a difference over `bound`.
    """

    against: str
    samples: int
    relative: float
    largest: float
    output: str
    beyond: int
    bound: float = BOUND


def check_fidelity(
    source: Reference,
    content: bytes,
    samples: Samples,
    name: str = "",
    interpreter: Interpreter = float_interpreter,
) -> Fidelity:
    """Compares every output on up to `COMPARED` samples, of a model with state on the first steps of
    the sequence.

    content: the float .tflite. name: of the model, for messages. interpreter: what runs it. Raises
    UnsupportedError, which names the first layer that differs, if more than `SHARE` of the samples
    differ by more than `BOUND`, and for a model that gives another answer each time it is asked;
    EdgeqError for samples that are not finite.
    """
    model = read_tflite(content)
    steps = bool(model.main.states)
    compared = samples.take(COMPARED) if steps else samples.subsample(COMPARED)
    for x, spec in zip(compared.inputs, input_specs(model), strict=True):
        if not np.isfinite(x).all():
            what = f"calibration data {samples.origin}".rstrip()
            raise EdgeqError(
                what,
                f"input {spec.name!r} gets NaN or infinite values",
                "remove or repair those samples",
            )
    truth = source(compared)
    found = run_samples(interpreter(content), compared.inputs)
    differences = [relative_differences(want, got) for want, got in zip(truth, found, strict=True)]
    worst = max(range(len(truth)), key=lambda k: differences[k].max())
    beyond = np.max([d > BOUND for d in differences], axis=0)
    largest = float(np.abs(_plain(found[worst]) - _plain(truth[worst])).max(initial=0.0))
    fidelity = Fidelity(
        source.framework,
        compared.count,
        float(differences[worst].max()),
        largest,
        source.outputs[worst],
        int(beyond.sum()),
    )
    if fidelity.beyond > SHARE * compared.count:
        raise _refusal(fidelity, source, compared, truth, name, interpreter)
    return fidelity


def scale_of(truth: npt.NDArray[np.generic]) -> float:
    """What differences of an output are measured by: its spread between samples, and a hundredth of
    its RMS value.

    truth: [samples, ...]. The spread is the RMS distance of each element from its mean over the
    samples. The second term keeps float32 rounding of large values that hardly change from being
    taken for a difference.
    """
    values = np.where(np.isfinite(_plain(truth)), _plain(truth), 0.0)
    center = values.mean(axis=0) if len(values) > 1 else values.mean()
    return float(np.sqrt(np.mean((values - center) ** 2)) + np.sqrt(np.mean(values**2)) / 100)


def relative_differences(truth: npt.NDArray[np.generic], found: npt.NDArray[np.generic]) -> Floats:
    """RMS difference of each sample over the output's scale, [samples]; infinite where only one is
    finite.
    """
    want, got = _plain(truth), _plain(found)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.where((want == got) | (np.isnan(want) & np.isnan(got)), 0.0, got - want)
        error = np.sqrt(np.mean(difference**2, axis=1))
    scale = scale_of(truth)
    relative = error / scale if scale else np.where(error > 0, np.inf, 0.0)
    return np.where(np.isfinite(relative), relative, np.inf)


def warnings_of(fidelity: Fidelity) -> list[str]:
    """A warning if a few samples differ by more than float32 rounding explains."""
    if not fidelity.beyond:
        return []
    return [
        f"on {fidelity.beyond} of {fidelity.samples} samples the float .tflite differs from {fidelity.against} by more "
        f"than {BOUND:g} of the spread of output {fidelity.output!r}: a comparison or a rounding in the model falls to "
        "the other side there"
    ]


def _plain(values: npt.NDArray[np.generic]) -> Floats:
    return np.asarray(values).astype(np.float64).reshape(len(values), -1)


def _refusal(
    fidelity: Fidelity,
    source: Reference,
    samples: Samples,
    truth: Outputs,
    name: str,
    interpreter: Interpreter,
) -> EdgeqError:
    what = f"model {name}" if name else "the float model"
    if not _same(source(samples), truth):
        why = "it gives other outputs each time for the same samples: random operators are active in it"
        return UnsupportedError(
            what, why, "export it for inference, with dropout and noise switched off"
        )
    layer = first_difference(source, samples.subsample(READ_OUT), _differ, interpreter)
    where = (
        f"first at {layer}"
        if layer
        else f"at output {fidelity.output!r}, though at no layer that is read out"
    )
    why = (
        f"TFLite does not compute it as {fidelity.against} does: on {fidelity.beyond} of {fidelity.samples} samples "
        f"they differ by more than {BOUND:g} of the output's spread, by up to {fidelity.relative:.3g} of it, {where}"
    )
    return UnsupportedError(
        what, why, "build that layer from other operators, or compute it outside the model"
    )


def _differ(truth: npt.NDArray[np.generic], found: npt.NDArray[np.generic]) -> bool:
    return bool((relative_differences(truth, found) > BOUND).any())


def _same(
    first: Sequence[npt.NDArray[np.generic]], second: Sequence[npt.NDArray[np.generic]]
) -> bool:
    return all(
        np.array_equal(_plain(a), _plain(b), equal_nan=True)
        for a, b in zip(first, second, strict=True)
    )
