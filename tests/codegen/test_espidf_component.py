"""The ESP-IDF component: its example built and run, and its arena where the configuration wants it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from codegen.building import STUBS, WARNINGS, run, tool
from codegen.kconfig import autoconf
from codegen.projects import OUTPUT, PASS, project, text_of
from codegen.small_models import identity
from ops.harness import quantized

from edgeq.codegen.generate import generate
from edgeq.errors import DoesNotFitError

PLACES = {  # symbols of the configuration -> section of the arena
    "INTERNAL": ({}, r"\.bss"),
    "PSRAM": (
        {"SPIRAM_ALLOW_BSS_SEG_EXTERNAL_MEMORY": "y", "EDGEQ_TINY_ARENA_PSRAM": "y"},
        r"\.ext_ram\.bss",
    ),
    "IN_SECTION": ({"EDGEQ_TINY_ARENA_IN_SECTION": "y"}, r"\.noinit"),
    "named": (
        {"EDGEQ_TINY_ARENA_IN_SECTION": "y", "EDGEQ_TINY_ARENA_SECTION": ".tcm_bank"},
        r"\.tcm_bank",
    ),
}
PSRAM = 'config SPIRAM_ALLOW_BSS_SEG_EXTERNAL_MEMORY\n\tbool "PSRAM"\n'

pytestmark = pytest.mark.slow  # each builds a project


@pytest.fixture
def component(tmp_path: Path) -> Path:
    return project(tmp_path, "espidf-component", board="esp32-s3-devkitc") / "edgeq_tiny"


@pytest.mark.parametrize("place", PLACES)
def test_the_arena_lies_where_the_configuration_says(component: Path, place: str) -> None:
    values, section = PLACES[place]
    (component / "sdkconfig.h").write_text(autoconf(component / "Kconfig", values, PSRAM))
    flags = ("-std=gnu17", "-fno-common", *WARNINGS, "-I.", "-Isrc", f"-I{STUBS}")
    run("gcc", *flags, "-c", "tiny_arena.c", cwd=component)
    said = run("objdump", "-t", "tiny_arena.o", cwd=component).decode()
    assert re.search(rf" {section}\S*\t[0-9a-f]+ tiny_arena$", said, re.M)


def test_psram_can_be_chosen_only_where_variables_may_lie_there(component: Path) -> None:
    values = {"EDGEQ_TINY_ARENA_PSRAM": "y"}
    with pytest.raises(AssertionError):
        autoconf(component / "Kconfig", values, PSRAM)


def test_an_arena_beyond_internal_ram_is_placed_in_psram(tmp_path: Path) -> None:
    large = identity(quantized("x", (1, 500_000)))
    options = {"framework": "espidf-component", "name": "tiny"}
    made = generate(large, tmp_path / "p", board="xiao-esp32s3", **options)
    (warning,) = made.warnings
    assert "places it in PSRAM" in warning
    component = tmp_path / "p/edgeq_tiny"
    defaults = text_of(component / "examples/tiny_demo/sdkconfig.defaults")
    assert "CONFIG_SPIRAM=y\n" in defaults
    values = {"SPIRAM_ALLOW_BSS_SEG_EXTERNAL_MEMORY": "y"}
    header = autoconf(component / "Kconfig", values, PSRAM)
    assert "#define CONFIG_EDGEQ_TINY_ARENA_PSRAM 1" in header
    with pytest.raises(DoesNotFitError):
        generate(large, tmp_path / "q", board="esp32-s3-devkitc", **options)


def test_its_example_builds_and_runs(component: Path) -> None:
    tool("cmake", "cmake")
    example = component / "examples/tiny_demo"
    (example / "sdkconfig.h").write_text(autoconf(component / "Kconfig", {}, PSRAM))
    flags = (f"-DSTUBS={STUBS}", f"-DSDKCONFIG={example}", f"-DCMAKE_C_FLAGS={' '.join(WARNINGS)}")
    idf = f"IDF_PATH={STUBS / 'esp-idf'}"
    run("env", idf, "cmake", "-B", "build", *flags, cwd=example)
    run("cmake", "--build", "build", cwd=example)
    said = run("build/components/main/firmware", cwd=example).decode()
    assert PASS.match(said)
    assert len(OUTPUT.findall(said)) == 3


@pytest.mark.parametrize("engine", ["native", "tflm"])
def test_its_manifest_names_what_it_needs(tmp_path: Path, engine: str) -> None:
    folder = project(tmp_path, "espidf-component", engine, "esp32-s3-devkitc")
    manifest = yaml.safe_load(text_of(folder / "edgeq_tiny/idf_component.yml"))
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    tflm = {"espressif/esp-tflite-micro"} if engine == "tflm" else set()
    assert set(manifest["dependencies"]) == {"idf"} | tflm
    assert [(folder / "edgeq_tiny" / e["path"]).is_dir() for e in manifest["examples"]] == [True]


def test_what_its_user_edits_stays(component: Path, tmp_path: Path) -> None:
    main = component / "examples/tiny_demo/main/main.c"
    main.write_text("mine\n")
    project(tmp_path, "espidf-component", board="esp32-s3-devkitc")
    assert text_of(main) == "mine\n"
