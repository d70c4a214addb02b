"""CONTRIBUTING.md, "A board": one new file makes a board that projects are generated for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from adding.walkthrough import follow, python, run_tests

pytestmark = pytest.mark.slow  # tests of a copy of the tree

GENERATE = """
import sys
from pathlib import Path
from codegen.small_models import classifier
from edgeq.graph import write_tflite
Path("tiny.tflite").write_bytes(write_tflite(classifier()))
from edgeq.cli import run
for name in sys.argv[1:]:
    project = ("generate", "tiny.tflite", "-o", name, "--framework", name)
    assert run([*project, "--board", "feather-m0"]) == 0, name
"""


def test_a_board_is_one_new_file(tmp_path: Path) -> None:
    tree, touched = follow("A board", tmp_path)
    assert touched == {"boards/feather-m0.yaml"}
    assert run_tests(tree, "tests/test_architecture.py", "tests/test_boards.py") > 20

    shown = json.loads(python(tree, "-m", "edgeq", "boards", "feather-m0", "--json"))
    (board,) = shown["boards"]
    forms = ["arduino", "arduino-library", "platformio", "platformio-library", "cmake", "headers"]
    assert board["frameworks"] == forms
    python(tree, "-c", GENERATE, *board["frameworks"])
    assert "adafruit_feather_m0" in (tree / "platformio/platformio.ini").read_text()

    verify = ("-m", "edgeq", "verify", "tiny.tflite", "--random", "20", "--target", "host")
    (target,) = json.loads(python(tree, *verify, "--json"))["targets"]
    assert (target["status"], target["bytes_different"]) == ("ok", 0)

    python(tree, "tools/readme_tables.py")
    assert "| `feather-m0` Adafruit Feather M0" in (tree / "docs/boards.md").read_text()
    assert "| Adafruit | `feather-m0` |" in (tree / "README.md").read_text()
    run_tests(tree, "tests/test_readme.py", "-k", "tables")
