"""Every scheme on the digits: the simulator's bytes are those of the C, here and on a Cortex-M4,
and of the oracles.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ops.harness import agrees
from verify.tools import needed

from edgeq.convert import convert, to_float_tflite
from edgeq.data import input_specs, load_samples, quantized_inputs
from edgeq.graph import read_tflite
from edgeq.quantize.schemes import SCHEMES
from edgeq.simulate.simulate import simulate
from edgeq.verify import find_target, verify
from edgeq.verify.job import Settings

pytestmark = pytest.mark.slow
DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits"
TARGETS = ("host", "cortex-m4")
REFUSED = {"dynamic": {"tflm"}}
"""By scheme, the oracles that do not run it."""


@pytest.fixture(scope="module")
def float_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exact") / "digits.tflite"
    path.write_bytes(to_float_tflite(DIGITS / "digits.keras"))
    return path


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_byte_of_any_tensor_differs(scheme: str, float_model: Path) -> None:
    made = convert(
        float_model,
        str(DIGITS / "calibration.npz"),
        scheme=scheme,
        calibrator="percentile",
        rounding="nearest",
        max_accuracy_loss=5 if SCHEMES[scheme].alternatives else None,
        evaluation=str(DIGITS / "test.npz"),
    )
    model = read_tflite(made.model)
    test = load_samples(str(DIGITS / "test.npz"), input_specs(model))
    assert made.accuracy is not None
    assert made.accuracy.int8 > made.accuracy.float - 0.06
    found = simulate(model, test.take(20), oracles=("tflite-runtime", "tflm")).oracles
    assert {name for name, c in found.items() if c.status != "ok"} == REFUSED.get(scheme, set())
    for c in (c for c in found.values() if c.status == "ok"):
        assert agrees(c), c
        assert c.tensors == len(model.main.ops)
    needed(find_target("cortex-m4"))
    inputs = quantized_inputs(model.main, test.take(4).inputs)
    for result in verify(
        model, targets=TARGETS, inputs=inputs, settings=Settings(emulated_samples=2)
    ).targets:
        assert (result.status, result.bytes_different) == ("ok", 0), result
        assert result.bytes_compared > 0
