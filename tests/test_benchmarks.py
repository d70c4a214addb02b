"""The benchmarks start, and their figures are those of the library's own metrics."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from quantize.models import residual, samples

from edgeq.data import Samples
from edgeq.graph import read_tflite, write_tflite
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.execute import first_output

BENCHMARKS = sorted((Path(__file__).resolve().parent.parent / "benchmarks").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("path", BENCHMARKS, ids=[path.stem for path in BENCHMARKS])
def test_it_starts(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, path, "--help"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "usage" in done.stdout.lower()


def test_figures_of_a_model_that_is_its_own_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS[0].parent)
    from quantization_baselines import figures

    data = samples(residual(), 16)
    made = quantize(
        write_tflite(residual()), data, Options(calibrator="min-max", rounding="nearest")
    ).content
    exact = first_output(read_tflite(made).main, data)
    classes = Samples(data.inputs, exact.reshape(16, -1).argmax(axis=1).astype(np.int64))
    assert figures(exact, made, classes) == ["accuracy", "1.0000", "1.0000", "1.0000", "0.000000"]
