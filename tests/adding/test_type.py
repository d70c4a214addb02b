"""CONTRIBUTING.md, "A type of an operator": two rows make MEAN compute on uint8."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from adding.walkthrough import follow, lint, python, run_tests

pytestmark = pytest.mark.slow  # tests of a copy of the tree

MODEL = """
from pathlib import Path
import numpy as np
from ops.harness import assert_all_agree, constant, quantized, single_op
from edgeq.graph import write_tflite
axes = constant("axes", np.array([1, 2], np.int32))
for scale, zero_point in ((0.05, 120), (0.03, 7), (0.01, 255)):
    x, y = quantized("x", (1, 7, 6, 5), 0.05, 120, "uint8"), quantized("y", (1, 5), scale, zero_point, "uint8")
    model = single_op("MEAN", [x, axes], y, "ReducerOptions")
    assert_all_agree(model, samples=100, tflm=False)
Path("mean.tflite").write_bytes(write_tflite(model))
"""


def test_a_type_of_an_operator_is_two_rows(tmp_path: Path) -> None:
    tree, touched = follow("A type of an operator", tmp_path)
    assert touched == {
        "edgeq/opkit/reduction.py",
        "firmware_templates/native/reduction/reduce_sum.c",
    }
    lint(tree, touched)
    tests = ("tests/test_architecture.py", "tests/codegen/test_kernel_rows.py")
    assert run_tests(tree, *tests, "tests/ops/test_mean.py", "-m", "not slow") > 80

    python(tree, "-c", MODEL)
    verify = ("-m", "edgeq", "verify", "mean.tflite", "--random", "50", "--target", "host")
    (target,) = json.loads(python(tree, *verify, "--json"))["targets"]
    assert (target["status"], target["bytes_different"]) == ("ok", 0)

    python(tree, "tools/readme_tables.py")
    assert "| MEAN | float32, int16, int8, uint8 |" in (tree / "README.md").read_text()


def test_a_type_that_has_no_row_in_the_kernel_is_refused(tmp_path: Path) -> None:
    tree, _ = follow("A type of an operator", tmp_path)
    kernel = tree / "firmware_templates/native/reduction/reduce_sum.c"
    lines = kernel.read_text().splitlines(keepends=True)
    kernel.write_text("".join(line for line in lines if "reduce_sum_u8" not in line))
    said = python(
        tree, "-c", f"try:\n    exec({MODEL!r})\nexcept Exception as error:\n    print(error)"
    )
    assert "no row of its table makes edgeq_reduce_sum_u8" in said
