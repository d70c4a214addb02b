"""CONTRIBUTING.md, "An operator": three new files make BITWISE_XOR run everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from adding.walkthrough import follow, lint, python, run_tests

pytestmark = pytest.mark.slow  # tests of a copy of the tree

MODEL = """
from pathlib import Path
from ops.harness import quantized, single_op
from edgeq.graph import write_tflite
a, b, y = (quantized(name, (1, 50), 0.1, 3) for name in "aby")
Path("bitwise_xor.tflite").write_bytes(write_tflite(single_op("BITWISE_XOR", [a, b], y)))
"""


def test_an_operator_is_three_new_files(tmp_path: Path) -> None:
    tree, touched = follow("An operator", tmp_path)
    assert touched == {
        "edgeq/ops/bitwise_xor.py",
        "firmware_templates/native/elementwise/bitwise_xor.c",
        "tests/ops/test_bitwise_xor.py",
    }
    lint(tree, touched)
    tests = (
        "tests/test_architecture.py",
        "tests/test_unsupported.py",
        "tests/ops/test_bitwise_xor.py",
    )
    assert run_tests(tree, *tests) > 60

    python(tree, "-c", MODEL)
    command = ("-m", "edgeq", "verify", "bitwise_xor.tflite", "--random", "20", "--target", "host")
    (target,) = json.loads(python(tree, *command, "--json"))["targets"]
    assert (target["status"], target["bytes_different"]) == ("ok", 0)
    assert target["bytes_compared"] > 0

    python(tree, "tools/readme_tables.py")
    assert "| BITWISE_XOR | int8 | y = a ^ b" in (tree / "README.md").read_text()
    run_tests(tree, "tests/test_readme.py", "-k", "tables")
