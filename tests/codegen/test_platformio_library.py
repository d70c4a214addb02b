"""The PlatformIO library: its manifest and its example, for a board and for this machine."""

from __future__ import annotations

import configparser
import json
from pathlib import Path

import pytest
from codegen.building import C99, run
from codegen.projects import OUTPUT, PASS, project, run_sketch, text_of

DEMO = Path("tiny/examples/tiny_demo")

pytestmark = pytest.mark.slow  # each builds a project


@pytest.mark.parametrize(
    ("board", "engine"), [("uno-r4-wifi", "native"), ("uno-r4-wifi", "tflm"), (None, "native")]
)
def test_its_manifest_names_files_that_are_there(
    tmp_path: Path, board: str | None, engine: str
) -> None:
    folder = project(tmp_path, "platformio-library", engine, board)
    manifest = json.loads(text_of(folder / "tiny/library.json"))
    assert manifest["name"] == "tiny"
    assert all((folder / "tiny/src" / name).is_file() for name in manifest["headers"])
    (example,) = manifest["examples"]
    assert [(folder / "tiny" / example["base"] / n).is_file() for n in example["files"]] == [
        True
    ] * 2
    assert ("dependencies" in manifest) == (engine == "tflm")


@pytest.mark.parametrize(
    ("board", "engine", "name"),
    [
        ("uno-r4-wifi", "native", "uno_r4_wifi"),
        ("uno-r4-wifi", "tflm", "uno_r4_wifi"),
        (None, "native", "native"),
    ],
)
def test_its_example_takes_the_library_beside_it(
    tmp_path: Path, board: str | None, engine: str, name: str
) -> None:
    example = project(tmp_path, "platformio-library", engine, board) / DEMO
    ini = configparser.ConfigParser()
    ini.read(example / "platformio.ini")
    *others, library = ini[f"env:{name}"]["lib_deps"].split()
    assert library == "tiny=symlink://../.."
    assert (example / library.partition("//")[2] / "library.json").is_file()
    assert len(others) == (engine == "tflm")


def test_its_example_runs_as_a_sketch(tmp_path: Path) -> None:
    folder = project(tmp_path, "platformio-library", board="uno-r4-wifi")
    said = run_sketch(folder, folder / "tiny/src", folder / DEMO / "src/main.cpp")
    assert PASS.match(said)
    assert len(OUTPUT.findall(said)) == 3


def test_its_example_runs_on_this_machine(tmp_path: Path) -> None:
    folder = project(tmp_path, "platformio-library")
    sources = sorted((folder / "tiny/src").glob("*.c"))
    files = (folder / DEMO / "src/main.c", *sources)
    run("gcc", *C99, "-Itiny/src", *files, "-o", "program", "-lm", cwd=folder)
    assert PASS.match(run("./program", cwd=folder).decode())
