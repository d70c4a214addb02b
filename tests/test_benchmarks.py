"""The benchmarks start, and their figures are those of the library's own metrics."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from quantize.models import residual, samples
from verify.tools import needed

from edgeq.data import Samples
from edgeq.graph import read_tflite, write_tflite
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.simulate.execute import first_output
from edgeq.verify.targets import find_target

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


HELIA = """#!/bin/sh
mkdir -p "$7/m" && cd "$7/m"
echo '#define aot_arena_dtcm_size  300' > a_tensors.h
echo '#define aot_arena_const_dtcm_size  50' >> a_tensors.h
echo '#define aot_arena_sram_size  4' >> a_tensors.h
echo '{"constant_placement": {"constant_bytes_in_tcm": 40, "constant_bytes_outside_tcm": {"mram": 10}}}' > a_report.json
"""


def test_heliaaots_plan_is_its_arenas_and_its_constants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS[0].parent)
    from peers import helia_row, line

    program = tmp_path / "helia-aot"
    program.write_text(HELIA)
    program.chmod(0o755)
    row = helia_row(tmp_path / "m.tflite", str(program))
    assert (row.ram, row.flash, row.instructions, row.cycles) == (304, 50, None, None)
    assert line("m", row) == "| m | heliaAOT | 304 | 50 | - | - | - | not run |"


@pytest.mark.published
@pytest.mark.slow
def test_peers_of_a_published_model(
    published_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed(find_target("cortex-m4"))
    monkeypatch.syspath_prepend(BENCHMARKS[0].parent)
    from peers import peers

    found = {
        row.engine.partition(" ")[0]: row for row in peers(published_models / "ad01_int8.tflite")
    }
    assert found["edgeq,"].exact.startswith("0 of ")
    assert (found["edgeq,"].where, found["Plumerai"].where) == ("computed", "hardware")
    assert (found["TFLM,"].ram, found["TFLM,"].cycles) == (3024, 1_210_000)
