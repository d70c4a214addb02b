"""CONTRIBUTING.md, "A scheme of quantization": one row makes a scheme that converts and runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from adding.walkthrough import follow, lint, python, run_tests

pytestmark = pytest.mark.slow  # tests of a copy of the tree

CONVERT = """
from pathlib import Path
from quantize.models import residual, samples
from edgeq.graph import read_tflite, write_tflite
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
options = Options(scheme="int16xcodebook")
content = quantize(write_tflite(residual()), samples(residual()), options).content
tensors = read_tflite(content).main.tensors
assert any(t.dtype == "int8" and t.codebook for t in tensors)
assert any(t.dtype == "int16" and not t.constant for t in tensors)
Path("model.tflite").write_bytes(content)
"""


def test_a_scheme_is_a_row_and_its_line_for_users(tmp_path: Path) -> None:
    tree, touched = follow("A scheme of quantization", tmp_path)
    assert touched == {"edgeq/quantize/schemes.py", "docs/quantization.md"}
    lint(tree, touched)
    schemes = ("tests/quantize/test_schemes.py", "edgeq/quantize/schemes.py")
    assert run_tests(tree, "tests/test_architecture.py", *schemes) > 20

    python(tree, "-c", CONVERT)
    verify = ("-m", "edgeq", "verify", "model.tflite", "--random", "20", "--target", "host")
    (target,) = json.loads(python(tree, *verify, "--json"))["targets"]
    assert (target["status"], target["bytes_different"]) == ("ok", 0)
    assert "int16xcodebook" in python(tree, "-m", "edgeq", "convert", "--help")
