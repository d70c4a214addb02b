"""`--optimize size`: smaller code on emulated cores with and without SIMD, the same bytes."""

from pathlib import Path

import pytest

from edgeq.codegen.native import NativeOptions, render_native
from edgeq.graph import read_tflite
from edgeq.simulate.execute import random_inputs
from edgeq.verify.job import Settings, prepare
from edgeq.verify.run import verify_target
from edgeq.verify.targets import find_target


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("kws_ref_model", "cortex-m4"),
        ("ad01_int8", "cortex-m4"),
        ("kws_ref_model", "cortex-m0"),
        ("vww_96_int8", "rv32imc"),
    ],
)
def test_code_shrinks_and_no_byte_changes(shared_models: Path, name: str, target: str) -> None:
    model = read_tflite(shared_models / f"{name}.tflite")
    inputs = random_inputs(model.main, 2)
    default, size = (
        verify_target(
            prepare(model, render_native(model, name, (), NativeOptions(optimize)), inputs),
            find_target(target),
            settings=Settings(optimization="-Os"),
        )
        for optimize in ("default", "size")
    )
    assert (default.status, size.status) == ("ok", "ok")
    assert size.code_bytes is not None
    assert default.code_bytes is not None
    assert size.code_bytes < default.code_bytes
