"""`demo`: the whole flow on a small bundled model and data set, offline."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from edgeq.codegen.generate import generate
from edgeq.codegen.generate_result import GenerateResult
from edgeq.codegen.manifest import MANIFEST
from edgeq.convert import ConvertResult, convert
from edgeq.data import input_specs, load_samples, quantized_inputs
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite
from edgeq.html import result_html
from edgeq.inspection import InspectResult, inspect
from edgeq.resources import resource_folder
from edgeq.simulate.result import SimulateResult
from edgeq.simulate.simulate import simulate
from edgeq.verify import VerifyResult, verify

BOARD, TARGETS = "nano-33-ble", ("host", "cortex-m4")
Tell = Callable[[str], None]


@dataclass(frozen=True)
class DemoResult:
    """The results of the flow's steps, and the seconds that all of it took."""

    convert: ConvertResult
    inspect: InspectResult
    simulate: SimulateResult
    generate: GenerateResult
    verify: VerifyResult
    seconds: float

    @property
    def ok(self) -> bool:
        return self.simulate.exact and self.verify.ok

    def to_json(self) -> dict[str, Any]:
        steps = ("convert", "inspect", "simulate", "generate", "verify")
        return {step: getattr(self, step).to_json() for step in steps} | {"seconds": self.seconds}

    _repr_html_ = result_html


def demo(output: Path | None = None, tell: Tell = lambda text: None) -> DemoResult:
    """Runs the flow on the digits example; what it writes goes to `output`, or is thrown away.

    Targets whose tools are missing are reported as unavailable; at least one must run. tell: called
    before each step. Raises EdgeqError where `output` holds a digits.tflite that no demo wrote.
    """
    if (
        output is not None
        and (output / "digits.tflite").exists()
        and not (output / "firmware" / MANIFEST).is_file()
    ):
        raise EdgeqError(
            f"output {output}", "it holds a digits.tflite that no demo wrote", "give a new folder"
        )
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="edgeq-demo-") as scratch:
        return _flow(output if output is not None else Path(scratch) / "demo", tell, started)


def float_file() -> str:
    """The file of the float model to begin with: Keras's own, or, where Keras is not installed,
    the float .tflite that `convert` makes of it, which gives the same bytes.
    """
    return "digits.keras" if find_spec("keras") is not None else "digits_float.tflite"


def _flow(folder: Path, tell: Tell, started: float) -> DemoResult:
    digits = resource_folder("examples") / "digits"
    folder.mkdir(parents=True, exist_ok=True)
    name = float_file()
    tell(f"convert   {name}, a float32 digit classifier, to int8")
    converted = convert(
        digits / name,
        str(digits / "calibration.npz"),
        folder / "digits.tflite",
        evaluation=str(digits / "test.npz"),
    )
    model = read_tflite(converted.model)
    tell("simulate  540 test images bit by bit, beside tflite-runtime and TFLM")
    test = load_samples(str(digits / "test.npz"), input_specs(model))
    simulated = simulate(
        model, test, oracles=("tflite-runtime", "tflm"), reference=converted.float_model
    )
    tell(f"generate  an Arduino project for {BOARD} with 3 self-test vectors")
    inputs = quantized_inputs(model.main, test.inputs)
    generated = generate(
        model,
        folder / "firmware",
        framework="arduino",
        board=BOARD,
        name="digits",
        selftest=3,
        inputs=inputs,
    )
    tell("verify    the generated C on this machine and on an emulated Cortex-M4")
    verified = verify(model, targets=TARGETS, inputs=inputs, name="digits")
    return DemoResult(
        converted, inspect(model), simulated, generated, verified, time.perf_counter() - started
    )
