"""`verify` as users call it: good code, wrong code, missing tools, TFLM."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ops.harness import quantized
from verify.graphs import small_model

from edgeq.codegen.native import NativeEngine, render_native
from edgeq.errors import EdgeqError, ModelError
from edgeq.graph import Graph, Model, Op, write_tflite
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify import Difference, MissingToolError, Settings, find_target, verify
from edgeq.verify.job import prepare
from edgeq.verify.run import verify_target

MODEL = small_model()
BYTES = 120 + 120 + 7 + 7  # of all layers, and the output as the application reads it
HOST, M4 = find_target("host"), find_target("cortex-m4")


def wrong_engine() -> NativeEngine:
    """The engine, but the dense layer gets the last bit of score 3 wrong."""
    engine = render_native(MODEL, "small")
    text, end = engine.files["small.c"], "  EDGEQ_TRACE(2,"
    assert text.count(end) == 1
    wrong = text.replace(end, f"  arena[{engine.plan.offsets[7] + 3}] ^= 1;\n{end}")
    return replace(engine, files={**engine.files, "small.c": wrong})


def test_the_host_by_default() -> None:
    (host,) = verify(MODEL).targets
    assert (host.name, host.status, host.samples) == ("host", "ok", 8)
    assert (host.bytes_compared, host.bytes_different, host.first_difference) == (
        8 * BYTES,
        0,
        None,
    )
    assert host.toolchain is not None
    assert host.toolchain.endswith("-O2, address and undefined behaviour sanitizers")
    assert [(x.op, x.name, x.instructions, x.macs) for x in host.layers] == [
        ("CONV_2D", "conv", None, 3240),
        ("RESHAPE", "flat", None, None),
        ("FULLY_CONNECTED", "scores", None, 840),
    ]


def test_a_file_and_data_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeq.verify.job.CHUNK_BYTES", 2 * BYTES)
    (tmp_path / "the model.tflite").write_bytes(write_tflite(MODEL))
    told: list[tuple[str, int]] = []
    settings = Settings("clang", "-O1", sanitize=False, progress=lambda *done: told.append(done))
    result = verify(
        tmp_path / "the model.tflite",
        inputs=random_inputs(MODEL.main, 9),
        samples=5,
        settings=settings,
    )
    assert result.ok
    assert result.targets[0].bytes_compared == 5 * BYTES
    assert told == [("host", 2), ("host", 2), ("host", 1)]


def test_wrong_code_is_found_at_its_layer() -> None:
    inputs = random_inputs(MODEL.main, 4)
    score = int(execute(MODEL.main, inputs)[7][0, 0, 3])
    plain = Settings(optimization="-O0", sanitize=False)  # compiles sooner
    found = verify_target(prepare(MODEL, wrong_engine(), inputs), HOST, settings=plain)
    assert (found.status, found.bytes_different) == (
        "different",
        4 * 2,
    )  # in the layer, and as the output
    assert found.first_difference == Difference(
        2, "FULLY_CONNECTED", "scores", 0, (0, 3), score ^ 1, score
    )


@pytest.mark.slow
def test_wrong_code_is_found_on_an_emulated_core() -> None:
    inputs = random_inputs(MODEL.main, 4)
    job = prepare(MODEL, wrong_engine(), inputs)
    host, core = verify_target(job, HOST), verify_target(job, M4)
    assert core.status == "different"
    assert (core.bytes_different, core.first_difference) == (
        host.bytes_different,
        host.first_difference,
    )


@pytest.mark.slow
def test_an_emulated_core_counts_and_measures() -> None:
    first, again = (
        verify(
            MODEL, targets=["cortex-m4"], samples=9, settings=Settings(emulated_samples=3)
        ).targets[0]
        for _ in range(2)
    )
    assert first == again
    assert (first.status, first.samples, first.bytes_compared) == ("ok", 3, 3 * BYTES)
    assert first.instructions_per_inference is not None
    assert first.instructions_per_inference > sum(x.macs or 0 for x in first.layers)
    assert first.arena_bytes is not None
    assert first.stack_bytes is not None
    assert first.ram_bytes == first.arena_bytes + first.stack_bytes + 4  # the model's one pointer
    json.dumps(first.to_json())


def test_what_does_not_compile_fails_in_one_line() -> None:
    engine = render_native(MODEL, "small")
    files = {
        **engine.files,
        "small.c": engine.files["small.c"] + "\nint wrong(void) { return nowhere; }\n",
    }
    job = prepare(MODEL, replace(engine, files=files), random_inputs(MODEL.main, 1))
    for target in (HOST, M4):
        result = verify_target(job, target)
        assert result.status == "failed"
        assert result.reason is not None
        assert "nowhere" in result.reason
        assert "\n" not in result.reason


def test_a_missing_tool_is_told_or_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "ziglang", None)
    result = verify(MODEL, targets=["all"])
    assert {t.status for t in result.targets} == {"unavailable"}
    assert result.skipped == len(result.targets)
    assert "edgeq[emulate]" in str(result.targets[1].reason)
    with pytest.raises(MissingToolError, match="target cortex-m4 has no compiler"):
        verify(MODEL, targets=["cortex-m4"], strict=True)


def test_the_tflm_engine_is_tflms_interpreter() -> None:
    host, core = verify(MODEL, targets=["host", "cortex-m4"], engine="tflm", samples=3).targets
    assert (host.status, host.samples, host.bytes_compared) == ("ok", 3, 3 * (120 + 120 + 7))
    assert str(host.toolchain).startswith("TFLM interpreter of tflite-micro")
    assert (core.status, core.instructions_per_inference) == ("unavailable", None)


def test_wrong_use_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="unknown target 'cortex-m99'"):
        verify(MODEL, targets=["host", "cortex-m99"])
    with pytest.raises(EdgeqError, match="unknown engine 'onnx' — the engines are native, tflm"):
        verify(MODEL, engine="onnx")
    with pytest.raises(EdgeqError, match=r"data of shape \[3, 3\]"):
        verify(MODEL, inputs=[np.zeros((2, 3, 3), np.int8)])
    with pytest.raises(EdgeqError, match="data of 0 samples"):
        verify(MODEL, inputs=[np.zeros((0, 1, 6, 5, 3), np.int8)])
    with pytest.raises(ModelError):
        verify(tmp_path / "nowhere.tflite")


@pytest.mark.slow
def test_importing_is_cheap() -> None:
    code = "import sys, edgeq.verify; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"unicorn", "serial", "tensorflow", "tflite_micro", "ziglang"} & set(
        done.stdout.split()
    )


@pytest.mark.slow
def test_several_inputs_and_outputs_are_told_apart() -> None:
    tensors = tuple(
        quantized(name, (1, 4), scale)
        for name, scale in (("a", 0.1), ("b", 0.02), ("sum", 0.1), ("c", 0.1))
    )
    ops = (
        Op("ADD", (0, 1), (2,), (), 2, options_type="AddOptions"),
        Op("ADD", (2, 1), (3,), (), 2, options_type="AddOptions"),
    )
    model = Model((Graph(tensors, ops, (1, 0), (3, 2)),))
    (host,) = verify(model, samples=20).targets
    assert (host.status, host.bytes_compared) == ("ok", 20 * 4 * 4)
    assert (
        verify_target(
            prepare(model, render_native(model, "sum"), random_inputs(model.main, 3)), M4
        ).status
        == "ok"
    )
