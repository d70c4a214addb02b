"""A trial is computed from bytes and arrays only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tune.classifier import float_tflite, samples

from edgeq import metrics
from edgeq.convert.to_float import FloatModel
from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import read_tflite
from edgeq.quantize.options import Options
from edgeq.simulate.oracles import tflm
from edgeq.tune.code_version import PACKAGES
from edgeq.tune.trial import Job, run_trial

NO_FIGURES = {
    "errors",
    "local_import",
    "quiet",
    "unsupported",
    "callable_package",
    "resources",
}  # packages that no figure comes from


def test_figures_are_those_of_tflm() -> None:
    model = float_tflite()
    data = samples(100, 2, model)
    reference = FloatModel(model).outputs(data)
    outcome = run_trial(
        Job(model, samples(50, 1), data, reference, "accuracy"), Options(calibrator="min-max")
    )
    graph = read_tflite(outcome.content).main
    quantized = quantized_inputs(graph, data.inputs)
    found = np.stack(
        [read(graph.outputs[0]) for read in tflm(read_tflite(outcome.content), quantized)]
    )
    expected = dequantize(found.reshape(len(data.x), -1), graph.tensors[graph.outputs[0]])
    assert outcome.score is not None
    assert data.y is not None
    assert outcome.score.value == pytest.approx(metrics.accuracy(expected, data.y))
    assert outcome.score.agreement == pytest.approx(metrics.agreement(expected, reference))
    assert outcome.score.mean_abs_error == pytest.approx(
        metrics.mean_abs_error(expected, reference)
    )
    assert (outcome.status, outcome.size) == ("ok", len(outcome.content))


def test_what_cannot_be_quantized_is_an_outcome_with_its_reason() -> None:
    model, data = float_tflite(), samples(20, 2)
    broken = Samples((np.full((4, 8), np.nan, np.float32),))
    outcome = run_trial(
        Job(model, broken, data, FloatModel(model).outputs(data), "agreement"), Options()
    )
    assert (outcome.status, outcome.score, outcome.content) == ("failed", None, b"")
    assert "NaN" in outcome.reason


def test_a_choice_that_meets_a_bug_does_not_end_the_search() -> None:
    """A reference of the wrong shape raises something other than EdgeqError."""
    data = samples(20, 2)
    job = Job(float_tflite(), data, data, np.zeros((20, 5), np.float32), "agreement")
    outcome = run_trial(job, Options(calibrator="min-max"))
    assert outcome.status == "failed"
    assert "a bug of edgeq" in outcome.reason


@pytest.mark.slow
def test_a_worker_imports_no_tensorflow_and_only_what_its_version_covers() -> None:
    script = """
import sys
from edgeq.quantize.options import Options
from edgeq.tune.trial import Job, run_trial
from tune.classifier import float_tflite, samples
import numpy as np
data = samples(8, 1)
assert run_trial(Job(float_tflite(), data, data, np.zeros((8, 4), np.float32), "agreement"), Options()).status == "ok"
print(*sorted({"tensorflow", "keras", "distributed", "optuna"} & set(sys.modules)))
print(*{name.split(".")[1] for name in sys.modules if name.startswith("edgeq.")})
"""
    tests = Path(__file__).resolve().parent.parent
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tests, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    foreign, packages = done.stdout.splitlines()
    assert foreign == ""
    assert set(packages.split()) - NO_FIGURES == set(PACKAGES)
