"""Projects for the Pico SDK, configured and built as their README says with a stub of the SDK."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from codegen.building import STUBS, WARNINGS, boards_of, run, tool
from codegen.projects import COPY, OUTPUT, PASS, project, text_of

from edgeq.boards import Board

SDK = STUBS / "pico-sdk"

pytestmark = pytest.mark.slow  # each builds a project


def configure(folder: Path, *options: str) -> str:
    """Configures a project by the command of its README; what the stub of the SDK says of it."""
    found = re.search(r"^    (cmake -B build .*)$", text_of(folder / "README.md"), re.M)
    assert found is not None
    command = shlex.split(found[1].replace("=pico-sdk", f"={SDK}"))
    run(*command, *options, cwd=folder)
    return text_of(folder / "build/tiny_firmware.said")


def test_it_builds_and_runs(tmp_path: Path) -> None:
    tool("cmake", "cmake")
    folder = project(tmp_path, "pico")
    configure(folder, f"-DCMAKE_C_FLAGS={' '.join(WARNINGS)}")
    run("cmake", "--build", "build", cwd=folder)
    said = run("build/tiny_firmware", cwd=folder).decode()
    assert PASS.match(said)
    assert len(OUTPUT.findall(said)) == 3


@pytest.mark.parametrize("board", boards_of("pico"), ids=lambda board: board.name)
def test_the_sdk_gets_the_boards_name(tmp_path: Path, board: Board) -> None:
    tool("cmake", "cmake")
    said = configure(project(tmp_path, "pico", board=board.name, model=COPY))
    assert said == f"{board.frameworks['pico'].fields['board']} usb 1 uart 1"


def test_ports_and_board_can_be_chosen(tmp_path: Path) -> None:
    tool("cmake", "cmake")
    options = ("-DSTDIO_USB=OFF", "-DPICO_BOARD=pico2")
    assert configure(project(tmp_path, "pico"), *options) == "pico2 usb 0 uart 1"


def test_an_sdk_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    tool("cmake", "cmake")
    with pytest.raises(AssertionError, match="Give -DPICO_SDK_PATH="):
        run("env", "-u", "PICO_SDK_PATH", "cmake", "-B", "build", cwd=project(tmp_path, "pico"))


def test_the_engine_tflm_takes_its_library(tmp_path: Path) -> None:
    tool("cmake", "cmake")
    library = tmp_path / "pico-tflmicro"
    library.mkdir()
    (library / "CMakeLists.txt").write_text("add_library(pico-tflmicro INTERFACE)\n")
    folder = project(tmp_path, "pico", "tflm", "pico-2", COPY)
    with pytest.raises(AssertionError, match="Give -DPICO_TFLMICRO_PATH="):
        configure(folder)
    configure(folder, f"-DPICO_TFLMICRO_PATH={library}")
