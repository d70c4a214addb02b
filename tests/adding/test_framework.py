"""CONTRIBUTING.md, "A framework": one new folder makes projects that build and run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from adding.walkthrough import follow, python, run_tests
from codegen.building import tool

pytestmark = pytest.mark.slow  # tests of a copy of the tree

MODEL = """
from pathlib import Path
from codegen.small_models import classifier
from edgeq.graph import write_tflite
Path("tiny.tflite").write_bytes(write_tflite(classifier()))
"""


def test_a_framework_is_one_new_folder(tmp_path: Path) -> None:
    tool("make", "make")
    tree, touched = follow("A framework", tmp_path)
    assert {Path(path).parent.as_posix() for path in touched} == {"firmware_templates/make"}
    assert len(touched) == 5
    projects = ("tests/codegen/test_licence.py", "tests/codegen/test_framework.py")
    selected = ("-k", "states or ten_lines or refused")
    assert run_tests(tree, "tests/test_architecture.py") > 10
    assert run_tests(tree, *projects, *selected) > 30

    python(tree, "-c", MODEL)
    generate = ("-m", "edgeq", "generate", "tiny.tflite", "-o", "made", "--selftest", "3")
    python(tree, *generate, "--framework", "make")
    subprocess.run(["make", "CFLAGS=-std=c99 -Wall -Wextra -Werror"], cwd=tree / "made", check=True)
    said = subprocess.run(
        ["./tiny_demo"], cwd=tree / "made", capture_output=True, text=True, check=True
    ).stdout
    assert said.count(" same\n") == 3
    assert "count 3 different 0" in said


def test_a_boards_entry_for_it_is_declared_in_its_folder(tmp_path: Path) -> None:
    """No Python knows the fields: the layout names them, boards state them, templates show them."""
    tree, _ = follow("A framework", tmp_path)
    layout = tree / "firmware_templates/make/layout.yaml"
    layout.write_text(
        layout.read_text() + "board_fields:\n  part: {pattern: '[a-z0-9]+'}\n"
        "  flags: {pattern: '-[a-z]+', list: true, optional: true}\n"
    )
    with (tree / "firmware_templates/make/README.md.j2").open("a") as readme:
        readme.write("\nPart {{ target.part if target }}, {{ target.flags if target }}\n")
    board = tree / "boards/pico.yaml"
    stated = board.read_text().replace("frameworks:\n", "frameworks:\n  make: {part: rp2040}\n")
    board.write_text(stated)
    python(tree, "-c", MODEL)
    generate = ("-m", "edgeq", "generate", "tiny.tflite", "-o", "made", "--framework", "make")
    python(tree, *generate, "--board", "pico")
    assert "\nPart rp2040, None\n" in (tree / "made/README.md").read_text()
    listed = ("-m", "edgeq", "boards", "pico", "--json")
    (found,) = json.loads(python(tree, *listed))["boards"]
    assert found["framework_facts"]["make"] == {"part": "rp2040"}
    board.write_text(stated.replace("rp2040}", "$(rm)}"))
    refused = json.loads(python(tree, *listed, statuses=(2,)))["error"]
    assert refused["why"] == "part is '$(rm)', which has characters that do not belong there"
