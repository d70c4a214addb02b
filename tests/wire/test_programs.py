"""The programs of all frameworks that serve a model over the wire, built with stubs of their systems."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from codegen.building import STUBS, WARNINGS
from codegen.building import run as execute
from codegen.small_models import classifier
from wire.boards import program

from edgeq.cli import run
from edgeq.codegen.generate import generate
from edgeq.codegen.generate_inputs import FirmwareModel
from edgeq.errors import EdgeqError
from edgeq.frameworks import FRAMEWORKS, load_layout
from edgeq.graph import write_tflite

SAMPLE = "edgeq_tiny/samples/tiny_demo/src/main.c"
PROGRAMS = {  # board -> sources, program, includes of stubs
    "cmake": (None, "src", "main.c", ()),
    "pico": (None, "src", "main.c", (STUBS / "pico-sdk/include",)),
    "espidf": ("esp32-c3-devkitm", "main", "main/main.c", (STUBS,)),
    "zephyr": (None, "edgeq_tiny/src", SAMPLE, (STUBS / "zephyr/include", "edgeq_tiny")),
    "platformio": ("esp32-devkitc", "lib/tiny", "src/main.cpp", (STUBS,)),
    "arduino": (None, "tiny/src", "tiny/tiny.ino", (STUBS,)),
}


def build(folder: Path, framework: str) -> Path:
    board, place, main, includes = PROGRAMS[framework]
    generate(classifier(), folder, framework=framework, board=board, name="tiny", wire=True)
    sources = [path for path in sorted((folder / place).glob("*.c")) if path.name != "main.c"]
    flags = ("-g", *WARNINGS, f"-I{place}", *(f"-I{path}" for path in includes))
    if not main.endswith(".c"):
        flags = ("-std=gnu++11", f'-DSKETCH="{folder / main}"', *flags)
        execute("gcc", "-std=gnu11", "-c", *sources, cwd=folder)
        sketch = (STUBS / "sketch.cpp", *sorted(folder.glob("*.o")))
        execute("g++", *flags, *sketch, "-o", "board", "-lm", cwd=folder)
        return folder / "board"
    if framework == "pico":
        flags = (*flags, "-DLIB_PICO_STDIO_UART=1", "-DLIB_PICO_STDIO_USB=1")
    more = [STUBS / "app_main.c"] if framework == "espidf" else []
    more += sorted((folder / "edgeq_tiny").glob("*.c"))
    execute("gcc", "-std=gnu17", *flags, main, *sources, *more, "-o", "board", "-lm", cwd=folder)
    return folder / "board"


@pytest.mark.slow
@pytest.mark.parametrize("framework", PROGRAMS)
def test_a_program_is_fed(
    framework: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(write_tflite(classifier()))
    with program([build(tmp_path / "project", framework)]) as url:
        code = run(["verify", str(model), "--port", url, "--random", "2", "--layers", "--json"])
    (target,) = json.loads(capsys.readouterr().out)["targets"]
    assert (code, target["status"], target["samples"], target["bytes_different"]) == (0, "ok", 2, 0)


def test_all_frameworks_with_a_program_of_their_own_can() -> None:
    assert {name for name in FRAMEWORKS if load_layout(name).wire} == {*PROGRAMS, "headers"}


def test_a_library_has_no_server(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="no server of the wire; arduino, cmake, espidf, headers"):
        generate(classifier(), tmp_path, framework="arduino-library", wire=True)


def test_a_self_test_beside_it_would_never_run(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="--wire and --selftest — over the wire any vectors come"):
        generate(classifier(), tmp_path, framework="cmake", wire=True, selftest=2)


def test_several_models_and_sensors_are_not_served(tmp_path: Path) -> None:
    one = FirmwareModel(classifier(), "one")
    with pytest.raises(EdgeqError, match="--wire with 2 models — a program serves one model"):
        generate([one, FirmwareModel(classifier(), "b")], tmp_path, framework="cmake", wire=True)
    with pytest.raises(EdgeqError, match="--wire and --sensor"):
        generate([one], tmp_path, framework="arduino", wire=True, sensor="analog")
