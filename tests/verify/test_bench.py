"""`bench`: counts of every target and compiler, beside what was measured of TFLM."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from verify.graphs import small_model
from verify.tools import needed

from edgeq.cli import run
from edgeq.codegen.model_hash import model_hash
from edgeq.errors import EdgeqError
from edgeq.graph import read_tflite, write_tflite
from edgeq.verify.bench import _baselines, bench
from edgeq.verify.result import LayerResult
from edgeq.verify.run import verify
from edgeq.verify.targets import find_target

SHARED = {
    "kws_ref_model": 42009940,
    "pretrainedResnet_quant": 105695566,
    "vww_96_int8": 98734098,
    "ad01_int8": 1952398,
}


@pytest.mark.published
@pytest.mark.parametrize("name", SHARED)
def test_the_published_models_are_recognised(published_models: Path, name: str) -> None:
    known = _baselines()["models"][model_hash(read_tflite(published_models / f"{name}.tflite"))]
    (m3,) = [row for row in known["rows"] if row["core"] == "cortex-m3"]
    assert (m3["kernels"], m3["instructions"]) == ("reference", SHARED[name])


@pytest.mark.published
@pytest.mark.slow
def test_ratios_are_to_what_tflm_needs_on_that_core(published_models: Path) -> None:
    needed(find_target("cortex-m4"), "zig")
    path = published_models / "kws_ref_model.tflite"
    (row,) = bench(path, targets=["cortex-m4"], compilers=["zig"]).targets
    (alone,) = verify(path, targets=["cortex-m4"], samples=1).targets
    assert row.result == alone
    assert alone.instructions_per_inference is not None
    reference, cmsis = row.baselines
    assert (reference.kernels, cmsis.kernels) == ("reference", "cmsis-nn")
    assert cmsis.ratio == round(alone.instructions_per_inference / 7698424, 4)
    assert cmsis.arena_ratio == round((alone.arena_bytes or 0) / 22832, 4)
    assert reference.ratio == round(alone.instructions_per_inference / 43032092, 4)


@pytest.mark.slow
def test_every_installed_compiler_has_its_row() -> None:
    target = find_target("cortex-m4")
    for compiler in target.compilers:
        needed(target, compiler.name)
    result = bench(small_model(), targets=["cortex-m4"])
    assert result.ok
    assert [row.compiler for row in result.targets] == [c.name for c in target.compilers]
    assert (result.title, result.targets[0].baselines) == (None, ())
    (gcc,) = bench(small_model(), targets=["cortex-m4"], compilers=["gcc"]).targets
    assert gcc.result == result.targets[1].result


@pytest.mark.slow
def test_the_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needed(find_target("cortex-m4"), "zig")
    (tmp_path / "small.tflite").write_bytes(write_tflite(small_model()))
    arguments = [
        "bench",
        str(tmp_path / "small.tflite"),
        "--target",
        "cortex-m4",
        "--compiler",
        "zig",
    ]
    assert run([*arguments, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    (target,) = printed["targets"]
    assert (target["name"], target["status"], target["compiler"], target["macs"]) == (
        "cortex-m4",
        "ok",
        "zig",
        4080,
    )
    assert target["flash_bytes"] == target["code_bytes"] + target["model_bytes"]
    assert [set(layer) for layer in printed["layers"]] == [
        {field.name for field in fields(LayerResult)}
    ] * 3
    assert {"index", "op", "name", "instructions", "macs", "cycles"} <= set(printed["layers"][0])
    assert run(arguments) == 0
    assert "FULLY_CONNECTED" in capsys.readouterr().out


def test_a_compiler_that_no_target_takes_is_refused() -> None:
    with pytest.raises(EdgeqError, match="no target takes icc"):
        bench(small_model(), targets=["cortex-m4"], compilers=["icc"])
