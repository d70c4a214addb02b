"""The CMake project as other projects take it: installed, and as a subdirectory."""

from __future__ import annotations

from pathlib import Path

import pytest
from codegen.building import WARNINGS, run, tool
from codegen.projects import project

TAKEN = {
    "installed": "find_package(edgeq_tiny 1.0 REQUIRED)",
    "subdirectory": 'add_subdirectory("${TINY}" tiny)',
}
LISTS = """cmake_minimum_required(VERSION 3.16)
project(taker C)
%s
add_executable(taker taker.c)
target_link_libraries(taker PRIVATE edgeq::tiny)
"""
TAKER = """#include <tiny.h>
#include <tiny_selftest.h>

int main(void) {
  static tiny_arena_t arena;
  tiny_t model;
  const float image[TINY_INPUT0_ELEMENTS] = {0.0f};
  if (tiny_init(&model, &arena, sizeof arena) != EDGEQ_OK) {
    return 1;
  }
  tiny_set_input0_f32(&model, image);
  return tiny_invoke(&model) == EDGEQ_OK ? tiny_selftest(&model) : 1;
}
"""

pytestmark = pytest.mark.slow  # each builds a project


def install(folder: Path, place: Path, *options: str) -> None:
    """Builds and installs a project as its README says."""
    run("cmake", "-B", "build", f"-DCMAKE_C_FLAGS={' '.join(WARNINGS)}", *options, cwd=folder)
    run("cmake", "--build", "build", cwd=folder)
    run("cmake", "--install", "build", "--prefix", place, cwd=folder)


@pytest.mark.parametrize("way", TAKEN)
def test_another_project_links_it(tmp_path: Path, way: str) -> None:
    tool("cmake", "cmake")
    folder, taker, place = project(tmp_path, "cmake"), tmp_path / "taker", tmp_path / "place"
    taker.mkdir()
    (taker / "CMakeLists.txt").write_text(LISTS % TAKEN[way])
    (taker / "taker.c").write_text(TAKER)
    if way == "installed":
        install(folder, place)
        folder.rename(tmp_path / "away")  # the package leads to nothing of the project
    run("cmake", "-B", "b", f"-DCMAKE_PREFIX_PATH={place}", f"-DTINY={folder}", cwd=taker)
    run("cmake", "--build", "b", cwd=taker)
    run("b/taker", cwd=taker)


def test_a_package_for_a_board_has_its_library_and_headers(tmp_path: Path) -> None:
    tool("cmake", "cmake")
    tool("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    folder, place = project(tmp_path, "cmake", board="nano-33-ble"), tmp_path / "place"
    install(folder, place, "--toolchain", "toolchain.cmake")
    names = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    package = "lib/cmake/edgeq_tiny/edgeq_tiny-config"
    endings = ("", "-release", "-version")
    expected = {"lib/libtiny_engine.a", "include/tiny.h", "include/tiny_selftest.h"}
    assert names == expected | {f"{package}{ending}.cmake" for ending in endings}
