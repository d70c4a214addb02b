"""The tflm engine on the host: TFLM's own interpreter from PyPI, every tensor against the
simulator.

The generated project needs TFLM's sources to build; the interpreter is compiled from the same
reference kernels.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Callable, Sequence

import numpy as np

from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.simulate import compare as simulated
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES
from edgeq.verify.result import Difference, TargetResult
from edgeq.verify.targets import Target
from edgeq.verify.toolchain import MissingToolError

PACKAGE = "tflite-micro"


def verify_tflm(
    model: Model,
    target: Target,
    inputs: Sequence[Values],
    progress: Callable[[int], None] | None = None,
) -> TargetResult:
    """Runs samples through TFLM. inputs: one array [samples, *shape] each.

    Raises MissingToolError for other targets than the host, without the package, or where TFLM
    refuses the model.
    """
    if target.runner != "host":
        why = "TFLM's interpreter runs on the host only"
        raise MissingToolError(
            f"engine tflm on {target.name}", why, "use target host, or the native engine"
        )
    if importlib.util.find_spec("tflite_micro") is None:
        raise MissingToolError(
            "engine tflm on host", f"{PACKAGE} is not installed", 'pip install "edgeq[tflm]"'
        )
    found = simulated.compare_with(
        ORACLES["tflm"], model, inputs, progress=progress, by=interpreter_of("tflm")
    )
    if found.status != "ok":
        raise MissingToolError(
            "engine tflm on host", found.reason or "TFLM did not run", "use the native engine"
        )
    return TargetResult(
        target.name,
        "different" if found.bytes_different else "ok",
        samples=len(inputs[0]),
        bytes_compared=found.bytes_compared,
        bytes_different=found.bytes_different,
        first_difference=_difference(model, found.first_difference),
        toolchain=f"TFLM interpreter of {PACKAGE} {importlib.metadata.version(PACKAGE)} from PyPI, not the project",
    )


def _difference(model: Model, first: simulated.Difference | None) -> Difference | None:
    if first is None:
        return None
    op = model.main.ops[first.layer]
    shape = next(
        (t.shape for t in (model.main.tensors[i] for i in op.outputs) if t.name == first.tensor), ()
    )
    index = tuple(int(i) for i in np.unravel_index(first.element, shape)) if shape else ()
    return Difference(
        first.layer, op.kind, first.tensor, first.sample, index, first.got, first.expected
    )
