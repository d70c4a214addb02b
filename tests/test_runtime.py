"""The TFLite interpreter on a published model, and errors for wrong inputs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from edgeq import runtime
from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.quiet import quiet_output


@pytest.fixture(scope="module")
def resnet(shared_models: Path) -> bytes:
    return (shared_models / "pretrainedResnet_quant.tflite").read_bytes()


def images(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(-128, 128, (count, 32, 32, 3)).astype(np.int8)


def test_batches_equal_single_samples_and_keep_every_tensor(resnet: bytes) -> None:
    interpreter = runtime.reference_interpreter(resnet)
    done: list[int] = []
    (batch,) = runtime.run_samples(interpreter, [images(3)], progress=done.append)
    singles = [runtime.run_samples(interpreter, [images(3)[i : i + 1]])[0] for i in range(3)]
    assert batch.shape == (3, 10)
    assert np.array_equal(batch, np.concatenate(singles))
    assert done == [1, 2, 3]
    tensors = [d["index"] for d in interpreter.get_tensor_details() if d["name"]]
    assert len(runtime.run_samples(interpreter, [images(1)], tensors)) == len(tensors)


def test_xnnpack_is_near_but_another_engine(resnet: bytes) -> None:
    exact, fast = (
        runtime.run_samples(interpreter(resnet), [images(20)])[0].astype(int)
        for interpreter in (runtime.reference_interpreter, runtime.delegated_interpreter)
    )
    assert 0 < np.abs(exact - fast).max() < 60


def test_wrong_input_names_both_shapes(resnet: bytes) -> None:
    interpreter = runtime.reference_interpreter(resnet)
    with pytest.raises(
        EdgeqError, match=r"int8 \(1, 32, 32, 3\), the data is float32 \(2, 32, 32, 3\)"
    ):
        runtime.run_samples(interpreter, [images(2).astype(np.float32)])
    with pytest.raises(EdgeqError, match="the model has 1 inputs"):
        runtime.run_samples(interpreter, [images(1), images(1)])


def test_a_model_that_the_interpreter_refuses_is_one_error() -> None:
    with pytest.raises(UnsupportedError, match="cannot load the model — "):
        runtime.reference_interpreter(b"abcdTFL4" + bytes(64))


def test_a_missing_interpreter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in runtime.PACKAGES:
        monkeypatch.setitem(sys.modules, f"{package}.interpreter", None)
    with pytest.raises(EdgeqError, match="pip install"):
        runtime.interpreter_module()


def test_quiet_output_keeps_what_foreign_code_writes(capfd: pytest.CaptureFixture[str]) -> None:
    print("before")
    with quiet_output() as text:
        os.write(2, b"from C++")
        assert text() == "from C++"
    print("after")
    assert capfd.readouterr() == ("before\nafter\n", "")
