"""The operations as Python users call them: paths, bytes and models, real numbers and integers give
the same.
"""

from __future__ import annotations

import inspect as signatures
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from verify.graphs import small_model

import edgeq
from edgeq.data import quantize
from edgeq.errors import EdgeqError
from edgeq.graph import Model, write_tflite
from edgeq.opkit.node import Values

MODEL = small_model()
INPUT = MODEL.main.tensors[MODEL.main.inputs[0]]
REALS = np.random.default_rng(3).normal(0, 2, (6, *INPUT.shape)) * INPUT.scale * 40
INTEGERS = quantize(REALS.astype(np.float32), INPUT)


@pytest.fixture(params=["model", "bytes", "path", "text"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Model | bytes | str | Path:
    path = tmp_path / "small.tflite"
    path.write_bytes(write_tflite(MODEL))
    forms = {"model": MODEL, "bytes": path.read_bytes(), "path": path, "text": str(path)}
    return forms[request.param]


def written(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_inspect_takes_any_form(source: Any) -> None:
    assert edgeq.inspect(source).to_json() == edgeq.inspect(MODEL).to_json()


@pytest.mark.parametrize(
    "inputs", [REALS, [REALS], [INTEGERS], INTEGERS], ids="real reals ints int".split()
)
def test_simulate_takes_any_form(source: Any, inputs: Any) -> None:
    expected = edgeq.simulate(MODEL, inputs=[INTEGERS]).outputs
    assert np.array_equal(edgeq.simulate(source, inputs=inputs).outputs, expected)


def test_simulate_reads_data_and_a_reference(tmp_path: Path, source: Any) -> None:
    data = tmp_path / "data.npz"
    np.savez(data, x=REALS.astype(np.float32))
    expected = edgeq.simulate(MODEL, inputs=REALS).outputs
    for samples in (data, str(data)):
        assert np.array_equal(edgeq.simulate(source, samples).outputs, expected)


@pytest.mark.parametrize("inputs", [REALS, [INTEGERS]], ids=["reals", "integers"])
def test_generate_takes_any_form(source: Any, inputs: Values, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    for output, model, x in (
        (folder / "a", MODEL, [INTEGERS]),
        (str(folder / "b"), source, inputs),
    ):
        edgeq.generate(model, output, framework="headers", name="net", selftest=2, inputs=x)
    assert written(folder / "a") == written(folder / "b")


def test_a_project_is_called_as_its_file(tmp_path: Path) -> None:
    path = tmp_path / "my net-2.tflite"
    path.write_bytes(write_tflite(MODEL))
    assert edgeq.generate(path, tmp_path / "a", framework="headers").name == "my_net_2"
    assert edgeq.generate(MODEL, tmp_path / "b", framework="headers").name == "model"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["path and real numbers", "bytes and integers"])
def test_verify_takes_any_form(form: str, tmp_path: Path) -> None:
    path = tmp_path / "small.tflite"
    path.write_bytes(write_tflite(MODEL))
    model, inputs = (str(path), REALS) if "path" in form else (path.read_bytes(), [INTEGERS])
    (target,) = edgeq.verify(model, inputs=inputs).targets
    assert (target.status, target.samples) == ("ok", len(INTEGERS))


@pytest.mark.parametrize("operation", ["simulate", "verify", "generate"])
def test_wrong_arrays_are_one_line_and_nothing_is_written(operation: str, tmp_path: Path) -> None:
    call: dict[str, dict[str, Any]] = {
        "generate": {"output": tmp_path / "out", "framework": "headers", "selftest": 1}
    }
    for wrong in (REALS[:, 0, :1], REALS.astype(np.int64), np.full_like(REALS, np.nan)):
        with pytest.raises(EdgeqError):
            getattr(edgeq, operation)(MODEL, inputs=wrong, **call.get(operation, {}))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("operation", ["simulate", "verify", "generate", "inspect", "bench"])
def test_what_is_no_model_is_one_line(operation: str, tmp_path: Path) -> None:
    call: dict[str, dict[str, Any]] = {
        "generate": {"output": tmp_path / "out", "framework": "headers"},
        "simulate": {"inputs": REALS},
    }
    for wrong in (tmp_path / "missing.tflite", str(tmp_path), b"nonsense", 7):
        with pytest.raises(EdgeqError):
            getattr(edgeq, operation)(wrong, **call.get(operation, {}))


@pytest.mark.parametrize("operation", ["simulate", "verify", "generate"])
def test_the_docstring_says_what_becomes_of_real_numbers(operation: str) -> None:
    text = " ".join((signatures.getdoc(getattr(edgeq, operation)) or "").split())
    assert "real numbers, which are quantized with the input's own scale" in text
    assert json.dumps("path or bytes of a .tflite file")[1:-1] in text
