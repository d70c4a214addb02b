"""CONTRIBUTING.md, "A core with SIMD": one new folder and the line that lists it give the host's
instruction set an inner loop of its own.
"""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path

import pytest
from adding.walkthrough import CHECKOUT, follow, python, run_tests

pytestmark = [
    pytest.mark.slow,  # tests of a copy of the tree
    pytest.mark.skipif(
        platform.machine() not in ("x86_64", "AMD64"), reason="the example is of x86-64"
    ),
]

MODEL = """
from pathlib import Path
from codegen.small_models import classifier
from edgeq.graph import write_tflite
Path("tiny.tflite").write_bytes(write_tflite(classifier(7)))
"""
VERIFY = ("-m", "edgeq", "verify", "tiny.tflite", "--random", "50", "--target", "host", "--json")
GENERATE = ("-m", "edgeq", "generate", "tiny.tflite", "-o", "made", "--framework", "headers")


def different_bytes(tree: Path) -> int:
    """How many bytes of the copy's C on this machine are not the simulator's."""
    (target,) = json.loads(python(tree, *VERIFY, statuses=(0, 1)))["targets"]
    assert target["bytes_compared"] > 0
    return int(target["bytes_different"])


def test_a_core_is_one_folder_and_the_line_that_lists_it(tmp_path: Path) -> None:
    tree, touched = follow("A core with SIMD", tmp_path)
    arch = "firmware_templates/native/arch"
    assert touched == {f"{arch}/{name}" for name in ("arch.h", "sse2/arch.h", "sse2/neurons.h")}
    listed = (tree / arch / "arch.h").read_text().splitlines()
    assert len(listed) == 1 + len((CHECKOUT / arch / "arch.h").read_text().splitlines())
    tests = ("tests/test_architecture.py", "tests/ops/test_fully_connected.py")
    assert run_tests(tree, *tests, "-m", "not slow") > 60

    python(tree, "-c", MODEL)
    assert different_bytes(tree) == 0
    python(tree, *GENERATE)
    compile_ = ("gcc", "-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-S", "tiny.c", "-o", "-")
    code = subprocess.run(compile_, cwd=tree / "made", capture_output=True, text=True, check=True)
    assert "pmaddwd" in code.stdout

    loop = tree / arch / "sse2/neurons.h"
    loop.write_text(loop.read_text().replace("(2, 0, 2, 0)", "(3, 1, 3, 1)"))
    assert different_bytes(tree) > 0
