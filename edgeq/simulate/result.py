"""What `simulate` found: the metric, the comparisons, and the outputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from edgeq import metrics
from edgeq.errors import EdgeqError
from edgeq.html import result_html
from edgeq.opkit.node import Values
from edgeq.simulate.compare import Comparison
from edgeq.simulate.oracles import ORACLES


@dataclass(frozen=True)
class Reference:
    """Comparison with the float model's outputs.

    agreement: share of equal arg-max.
    mean_abs_error: mean absolute difference of the dequantized outputs.
    """

    agreement: float
    mean_abs_error: float

    def to_json(self) -> dict[str, float]:
        return {"agreement": self.agreement, "mean_abs_error": self.mean_abs_error}


@dataclass(frozen=True)
class SimulateResult:
    """The result of `simulate`.

    samples, seconds: number of samples and simulation time.
    accuracy: metric and value, if there are labels.
    oracles: name -> comparison.
    xnnpack: comparison with TFLite's default delegate.
    reference: comparison with the float model.
    classes: names of the outputs, if the model or the labels have names.
    notes: messages about the labels.
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
    outputs: Values = field(
        default_factory=lambda: np.empty(0, np.float32), repr=False, compare=False
    )

    @property
    def exact(self) -> bool:
        """Whether the oracles confirm every byte: TFLM if it ran, else all that ran, apart from
        known differences.

        True if no oracle was asked for, false if none of those asked for could run.
        """
        ran = {name: c for name, c in self.oracles.items() if c.status == "ok"}
        if "tflm" in ran:
            return ran["tflm"].bytes_different == 0
        return self.no_oracle_ran is None and all(c.explained for c in ran.values())

    @property
    def no_oracle_ran(self) -> EdgeqError | None:
        """The error that none of the oracles asked for could run; None if one did or none was asked
        for.
        """
        if not self.oracles or any(c.status == "ok" for c in self.oracles.values()):
            return None
        why = "; ".join(f"{name}: {c.reason}" for name, c in self.oracles.items())
        remedy = (
            "leave --oracle out"
            if set(self.oracles) == set(ORACLES)
            else "choose another --oracle, or none"
        )
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

    _repr_html_ = result_html


def compare_outputs(outputs: Values, expected: Values) -> Reference:
    """The comparison of real outputs [n, ...] with those of the float model, of equal size per
    sample.
    """
    rows, reals = outputs.reshape(len(outputs), -1), expected.reshape(len(expected), -1)
    return Reference(metrics.agreement(rows, reals), metrics.mean_abs_error(rows, reals))
