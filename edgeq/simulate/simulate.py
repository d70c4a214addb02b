"""`simulate`: bit-exact inference over a data set, how good it is, and what the oracles say of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgeq import metrics
from edgeq.data import Samples, by_names, check_labels, dequantize, quantized_inputs
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.opkit.contract import Values
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.compare import Comparison, compare_with, samples_in
from edgeq.simulate.execute import execute
from edgeq.simulate.oracles import ORACLES, interpreter_of, xnnpack

Progress = Callable[[str, int, int], None]  # what, samples done, of how many
FloatReference = bytes | Callable[[Samples], Values]  # a float .tflite, or what computes a float model's first output

LARGEST_TABLE = 1000  # classes of a confusion matrix
XNNPACK_SAMPLES = 64  # enough to show that the default delegate differs


@dataclass(frozen=True)
class Reference:
    """Beside the float model: share of equal arg-max, mean absolute difference of the dequantized outputs."""

    agreement: float
    mean_abs_error: float

    def to_json(self) -> dict[str, float]:
        return {"agreement": self.agreement, "mean_abs_error": self.mean_abs_error}


@dataclass(frozen=True)
class SimulateResult:
    """What `simulate` found.

    classes: the names of the outputs, if the model or the labels have some. notes: on the labels, for the user.
    outputs: the dequantized first output [samples, ...], not part of the JSON.
    """

    samples: int
    seconds: float
    accuracy: dict[str, Any] | None = None
    confusion_matrix: list[list[int]] | None = None
    oracles: dict[str, Comparison] = field(default_factory=dict)
    xnnpack: Comparison | None = None
    reference: Reference | None = None
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    outputs: Values = field(default_factory=lambda: np.empty(0, np.float32), repr=False, compare=False)

    @property
    def exact(self) -> bool:
        """Whether an oracle confirms the bytes: TFLM where it ran, else all that ran, known disagreements aside.

        True where no oracle was asked for, false where none of those asked for could run.
        """
        ran = {name: c for name, c in self.oracles.items() if c.status == "ok"}
        if "tflm" in ran:
            return ran["tflm"].bytes_different == 0
        return self.no_oracle_ran is None and all(c.explained for c in ran.values())

    @property
    def no_oracle_ran(self) -> EdgeqError | None:
        """The error that none of the oracles asked for could run; None where one did, or none was asked for."""
        if not self.oracles or any(c.status == "ok" for c in self.oracles.values()):
            return None
        why = "; ".join(f"{name}: {c.reason}" for name, c in self.oracles.items())
        remedy = "leave --oracle out" if set(self.oracles) == set(ORACLES) else "choose another --oracle, or none"
        return EdgeqError("no oracle could run", why, remedy)

    def to_json(self) -> dict[str, Any]:
        return {
            "samples": self.samples,
            "seconds": self.seconds,
            "samples_per_second": self.samples / self.seconds if self.seconds else 0.0,
            "accuracy": self.accuracy,
            "confusion_matrix": self.confusion_matrix,
            "classes": list(self.classes),
            "notes": list(self.notes),
            "oracles": {name: comparison.to_json() for name, comparison in self.oracles.items()},
            "xnnpack": None if self.xnnpack is None else self.xnnpack.to_json(),
            "reference": None if self.reference is None else self.reference.to_json(),
        } | ({} if self.no_oracle_ran is None else {"error": self.no_oracle_ran.to_json()})


def simulate(model: Model, samples: Samples | None = None, *, inputs: Sequence[Values] | None = None,
             oracles: Sequence[str] = (), metric: str | None = None, reference: FloatReference | None = None,
             progress: Progress | None = None) -> SimulateResult:  # fmt: skip
    """Integer inference over real `samples`, or over quantized `inputs` [samples, *shape] as they are.

    oracles: names of `ORACLES` to compare every tensor with; see `SimulateResult.no_oracle_ran` where none can run.
    metric: one of `metrics.METRICS`, by default what the data call for. reference: what to compare outputs with on the
    same samples: a float .tflite file, or what computes the first output of a float model, [n, ...]. Text labels are
    numbered by the names that the model carries, unless the samples state others. Raises EdgeqError for labels that the
    model does not have, or whose names are in another order.
    """
    graph = model.main
    if samples is not None and samples.sorted_names:
        samples = by_names(samples, model.labels)
    if (samples is None) == (inputs is None):
        raise EdgeqError("simulate", "it takes either samples or quantized inputs", "give one of them")
    quantized = list(inputs) if inputs is not None else quantized_inputs(graph, samples.inputs if samples else ())
    count = samples_in(quantized)
    started = time.perf_counter()
    done = execute(graph, quantized, progress=_step(progress, "simulating", count))
    seconds = time.perf_counter() - started
    output = graph.tensors[graph.outputs[0]]
    real = dequantize(done[graph.outputs[0]], output).reshape(count, -1)
    score, notes = _score(samples, real, metric)
    return SimulateResult(
        count,
        seconds,
        score,
        _confusion(samples, real, score),
        _ask(oracles, model, quantized, progress),
        compare_with(xnnpack, model, [x[:XNNPACK_SAMPLES] for x in quantized], outputs_only=True) if oracles else None,
        _reference(reference, samples, real, progress) if reference is not None else None,
        (samples.classes if samples is not None else ()) or model.labels,
        tuple(filter(None, (_choices(samples), *notes))),
        real,
    )


def _ask(names: Sequence[str], model: Model, inputs: Sequence[Values],
         progress: Progress | None) -> dict[str, Comparison]:  # fmt: skip
    count = samples_in(inputs)
    return {
        name: compare_with(ORACLES[name], model, inputs, progress=_step(progress, f"asking {name}", count),
                           by=interpreter_of(name))
        for name in names
    }  # fmt: skip


def _score(samples: Samples | None, outputs: Values, metric: str | None) -> tuple[dict[str, Any] | None, list[str]]:
    """The metric with its value, and notes: why there is none, what class names were taken for."""
    if samples is None or samples.y is None:
        if metric is not None:
            raise EdgeqError(f"metric {metric}", "the data has no labels", "give a data set with y")
        return None, []
    found = check_labels(samples, outputs, metric)
    if found.metric is None:
        return None, list(found.notes)
    value = metrics.score(found.metric, samples.x, outputs, samples.y, samples.group)
    return {"metric": found.metric, "value": value}, list(found.notes)


def _choices(samples: Samples | None) -> str:
    return f"{samples.origin}: {samples.choices}" if samples is not None and samples.choices else ""


def _confusion(samples: Samples | None, outputs: Values, score: dict[str, Any] | None) -> list[list[int]] | None:
    if samples is None or samples.y is None or score is None or score["metric"] != "accuracy":
        return None
    if outputs.shape[1] > LARGEST_TABLE:
        return None
    table: list[list[int]] = metrics.confusion_matrix(outputs, samples.y).tolist()
    return table


def _reference(reference: FloatReference, samples: Samples | None, outputs: Values,
               progress: Progress | None) -> Reference:  # fmt: skip
    if samples is None:
        raise EdgeqError("--reference", "a float model needs real data, not random integers", "give --data")
    real = _run(reference, samples, progress) if isinstance(reference, bytes) else reference(samples)
    expected = np.asarray(real).reshape(samples.count, -1)
    if expected.shape != outputs.shape:
        raise EdgeqError(
            "--reference",
            f"its output has {expected.shape[1]} elements, the model's {outputs.shape[1]}",
            "give the float model that was converted",
        )
    return compare_outputs(outputs, expected)


def _run(model: bytes, samples: Samples, progress: Progress | None) -> Values:
    step = _step(progress, "running the float model", samples.count)
    told = None if step is None else lambda _: step(1)
    return run_samples(float_interpreter(model), samples.inputs, progress=told)[0]


def compare_outputs(outputs: Values, expected: Values) -> Reference:
    """Real outputs [n, ...] beside those of the float model, as many of each sample."""
    rows, reals = outputs.reshape(len(outputs), -1), expected.reshape(len(expected), -1)
    return Reference(metrics.agreement(rows, reals), metrics.mean_abs_error(rows, reals))


def _step(progress: Progress | None, what: str, total: int) -> Callable[[int], None] | None:
    """A counter that reports its running sum."""
    if progress is None:
        return None
    done = 0

    def step(n: int) -> None:
        nonlocal done
        done += n
        progress(what, done, total)

    return step
