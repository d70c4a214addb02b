"""The Zephyr module: its sample configured, built and run with a stub of Zephyr."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
import yaml
from codegen.building import STUBS, WARNINGS, boards_of, run, tool
from codegen.projects import COPY, OUTPUT, PASS, project, text_of

from edgeq.boards import Board

ZEPHYR = STUBS / "zephyr"
DEMO = "edgeq_tiny/samples/tiny_demo"

pytestmark = pytest.mark.slow  # each builds a project


def configure(sample: Path) -> None:
    """Configures a sample as `west build` does, but for this machine."""
    tool("cmake", "cmake")
    flags = (f"-DPYTHON={sys.executable}", f"-DCMAKE_C_FLAGS={' '.join(WARNINGS)}")
    run("env", f"ZEPHYR_BASE={ZEPHYR}", "cmake", "-B", "build", *flags, cwd=sample)


def test_its_sample_builds_and_runs(tmp_path: Path) -> None:
    sample = project(tmp_path, "zephyr", board="nano-33-ble") / DEMO
    configure(sample)
    run("cmake", "--build", "build", cwd=sample)
    said = run("build/zephyr", cwd=sample).decode()
    assert PASS.match(said)
    assert len(OUTPUT.findall(said)) == 3
    assert "\n100 us per inference\n" in said


@pytest.mark.parametrize(
    ("settings", "section"),
    [
        ("", r"\.bss"),
        ("CONFIG_EDGEQ_TINY_ARENA_IN_SECTION=y\n", r"\.noinit"),
        (
            'CONFIG_EDGEQ_TINY_ARENA_IN_SECTION=y\nCONFIG_EDGEQ_TINY_ARENA_SECTION="SRAM2"\n',
            "SRAM2",
        ),
    ],
)
def test_the_arena_lies_where_the_configuration_says(
    tmp_path: Path, settings: str, section: str
) -> None:
    sample = project(tmp_path, "zephyr") / DEMO
    with (sample / "prj.conf").open("a") as file:
        file.write(settings)
    configure(sample)
    run("cmake", "--build", "build", cwd=sample)
    (archive,) = (sample / "build").rglob("libedgeq_tiny.a")
    said = run("objdump", "-t", archive, cwd=sample).decode()
    assert re.search(rf" {section}\S*\t[0-9a-f]+ tiny_arena$", said, re.M)


def test_without_its_symbol_the_module_adds_nothing(tmp_path: Path) -> None:
    sample = project(tmp_path, "zephyr") / DEMO
    (sample / "prj.conf").write_text("CONFIG_REQUIRES_FLOAT_PRINTF=y\n")
    configure(sample)
    said = run("cmake", "--build", "build", "--target", "help", cwd=sample).decode()
    targets = [line for line in said.splitlines() if line.startswith("... ")]
    assert targets
    assert not [line for line in targets if "edgeq_tiny" in line]


def test_a_setting_that_zephyr_does_not_know_is_found(tmp_path: Path) -> None:
    sample = project(tmp_path, "zephyr") / DEMO
    with (sample / "prj.conf").open("a") as file:
        file.write("CONFIG_EDGEQ_TINY_ARENA=y\n")
    with pytest.raises(AssertionError, match="EDGEQ_TINY_ARENA"):
        configure(sample)


def test_the_engine_tflm_takes_zephyrs_module(tmp_path: Path) -> None:
    folder = project(tmp_path, "zephyr", "tflm", "nano-33-ble", COPY)
    configure(folder / DEMO)
    autoconf = text_of(folder / DEMO / "build/autoconf.h")
    assert "#define CONFIG_TENSORFLOW_LITE_MICRO 1" in autoconf
    sample = yaml.safe_load(text_of(folder / DEMO / "sample.yaml"))
    assert sample["common"]["modules"] == ["tflite-micro"]


@pytest.mark.parametrize("board", boards_of("zephyr"), ids=lambda board: board.name)
def test_west_gets_the_boards_name(tmp_path: Path, board: Board) -> None:
    folder = project(tmp_path, "zephyr", board=board.name, model=COPY)
    name = board.frameworks["zephyr"].fields["board"]
    assert f"    west build -b {name} {DEMO}\n" in text_of(folder / "README.md")
    sample = yaml.safe_load(text_of(folder / DEMO / "sample.yaml"))
    assert sample["tests"]["edgeq.tiny"]["integration_platforms"] == [name]
    (harness,) = sample["common"]["harness_config"]["regex"]
    assert re.search(harness, "EDGEQ SELFTEST END model 1 different 0")


def test_what_its_user_edits_stays(tmp_path: Path) -> None:
    sample = project(tmp_path, "zephyr") / DEMO
    edited = [sample / "prj.conf", sample / "src/main.c"]
    for path in edited:
        path.write_text("mine\n")
    project(tmp_path, "zephyr")
    assert [text_of(path) for path in edited] == ["mine\n"] * 2
