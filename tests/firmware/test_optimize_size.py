"""`--optimize size`: smaller code on an emulated Cortex-M4, the same bytes."""

from pathlib import Path

import pytest

from edgeq.codegen.native import NativeOptions, render_native
from edgeq.graph import read_tflite
from edgeq.simulate.execute import random_inputs
from edgeq.verify.run import Settings, prepare, verify_target
from edgeq.verify.targets import find_target


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kws_ref_model", "ad01_int8"])
def test_code_shrinks_and_no_byte_changes(shared_models: Path, name: str) -> None:
    model = read_tflite(shared_models / f"{name}.tflite")
    inputs = random_inputs(model.main, 2)
    default, size = (
        verify_target(prepare(model, render_native(model, name, (), NativeOptions(optimize)), inputs),
                      find_target("cortex-m4"), settings=Settings(optimization="-Os"))
        for optimize in ("default", "size")
    )  # fmt: skip
    assert (default.status, size.status) == ("ok", "ok")
    assert size.code_bytes is not None
    assert default.code_bytes is not None
    assert size.code_bytes < default.code_bytes
