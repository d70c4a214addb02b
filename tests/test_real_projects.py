"""tools/real_projects.py, with stubs in the place of the real trees."""

from __future__ import annotations

from pathlib import Path

import pytest
from codegen.building import STUBS, tool
from codegen.building import run as execute
from codegen.small_models import classifier
from real_projects import BUILDS, run, try_build
from rp2040_runs import feed_windows
from wire.boards import program

from edgeq.codegen.generate import generate
from edgeq.graph import write_tflite

pytestmark = pytest.mark.slow  # builds projects


def build_with(tree: Path, folder: Path) -> str:
    tool("cmake", "cmake")
    model = folder / "tiny.tflite"
    model.write_bytes(write_tflite(classifier()))
    return try_build(BUILDS["pico_sdk"][1], model, tree, "python", str(folder / "project"))


def test_a_project_that_builds_is_told_apart_from_one_that_does_not(tmp_path: Path) -> None:
    assert build_with(STUBS / "pico-sdk", tmp_path) == ""
    assert "Give -DPICO_SDK_PATH=<pico-sdk>" in build_with(tmp_path, tmp_path)


@pytest.mark.parametrize(("different", "passes"), [(0, True), (2, False)])
def test_a_self_test_that_does_not_pass_is_found(
    tmp_path: Path, different: int, passes: bool
) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho EDGEQ SELFTEST END model 1 different {different}\n")
    program.chmod(0o755)
    assert (run(program) == "") == passes


def test_windows_that_a_board_gets_wrong_are_found(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right.tflite", tmp_path / "wrong.tflite"
    right.write_bytes(write_tflite(classifier()))
    wrong.write_bytes(write_tflite(classifier(scale=0.05)))
    generate(right, tmp_path / "p", framework="cmake", name="tiny", sensor="serial", selftest=1)
    sources = sorted((tmp_path / "p/src").glob("*.c"))
    execute("gcc", "main.c", *sources, "-Isrc", "-o", "board", "-lm", cwd=tmp_path / "p")
    for model, found in ((right, False), (wrong, True)):
        with program(["stdbuf", "-oL", tmp_path / "p/board"]) as url:
            port = int(url.rpartition(":")[2])
            assert bool(feed_windows(port, model, tmp_path)) == found
