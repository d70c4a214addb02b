"""`edgeq flash`: which program starts, with which arguments, where, and what is said where none does.

The ecosystems' tools are stood in for by small programs on PATH that write down how they were called.
"""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path

import pytest
from codegen.projects import text_of
from codegen.small_models import identity
from ops.harness import quantized

import edgeq
from edgeq.cli import run
from edgeq.codegen.generate import generate
from edgeq.codegen.manifest import MANIFEST, render_manifest
from edgeq.errors import EdgeqError
from edgeq.flash.tools import flash_tools
from edgeq.frameworks import FRAMEWORKS

PORT = "/dev/ttyACM0"
RECORDER = """#!/bin/sh
{ pwd; printf '%s\\n' "$0" "$@"; echo; } >> "$RECORD"
echo "said by a tool"
exit "${TOOL_STATUS:-0}"
"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("RECORD", str(tmp_path / "record"))
    return folder


def install(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text(RECORDER)
        (folder / name).chmod(0o755)


def recorded(folder: Path) -> list[tuple[str, list[str]]]:
    """(folder below the project, [program, *arguments]) of each call."""
    calls = (folder.parent / "record").read_text().strip().split("\n\n")
    parted = (call.split("\n") for call in calls)
    return [
        (os.path.relpath(place, folder.parent / "p"), [Path(program).name, *arguments])
        for place, program, *arguments in parted
    ]


def project(folder: Path, framework: str, board: str | None) -> Path:
    """A project's folder as far as `flash` reads it."""
    (folder / "p").mkdir()
    facts = {"name": "tiny", "framework": framework, "board": board}
    (folder / "p" / MANIFEST).write_bytes(render_manifest(facts, {}))
    return folder / "p"


ARDUINO = "arduino-cli compile --fqbn arduino:mbed_nano:nano33ble"
DEMO = "examples/tiny_demo"
CALLS = [
    ("arduino", "nano-33-ble", PORT, [f". {ARDUINO} --upload --port {PORT} tiny"]),
    (
        "arduino-library",
        "nano-33-ble",
        PORT,
        [f"tiny {ARDUINO} --library . --upload --port {PORT} {DEMO}"],
    ),
    ("espidf", None, PORT, [f". idf.py --port {PORT} flash"]),
    ("espidf-component", "esp32-s3-devkitc", None, [f"edgeq_tiny/{DEMO} idf.py flash"]),
    ("platformio", "nano-33-ble", None, [". pio run --target upload"]),
    (
        "platformio-library",
        "nano-33-ble",
        PORT,
        [f"tiny/{DEMO} pio run --environment nano33ble --target upload --upload-port {PORT}"],
    ),
    (
        "pico",
        "pico",
        None,
        [
            ". cmake -B build",
            ". cmake --build build",
            ". picotool load -fx build/tiny_firmware.uf2",
        ],
    ),
    (
        "zephyr",
        "nano-33-ble",
        None,
        [
            ". west build --pristine auto --board arduino_nano_33_ble --build-dir build "
            "edgeq_tiny/samples/tiny_demo",
            ". west flash --build-dir build",
        ],
    ),
]


@pytest.mark.parametrize(("framework", "board", "port", "calls"), CALLS, ids=[c[0] for c in CALLS])
def test_the_tools_are_started_where_the_project_is(
    tmp_path: Path,
    tools: Path,
    framework: str,
    board: str | None,
    port: str | None,
    calls: list[str],
) -> None:
    folder = tmp_path / "p"
    generate(
        identity(quantized("x", (1, 4))), folder, framework=framework, board=board, name="tiny"
    )
    printed = edgeq.flash(folder, port=port)
    assert printed.status == "printed"
    assert set(printed.missing) == {call.split()[1] for call in calls}
    assert not (tmp_path / "record").exists()
    install(tools, *printed.missing)
    result = edgeq.flash(folder, port=port)
    assert (result.status, result.missing) == ("done", ())
    assert result.commands == printed.commands
    assert result.command == result.commands[-1]
    assert recorded(tools) == [(call.split()[0], call.split()[1:]) for call in calls]


def test_every_framework_has_tools_but_bare_sources() -> None:
    assert {name for name in FRAMEWORKS if not flash_tools(name)} == {"headers"}


def test_a_framework_without_tools_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="framework headers — its sources are part of a project"):
        edgeq.flash(project(tmp_path, "headers", None))


@pytest.mark.parametrize(
    ("program", "verb"), [("esptool", "write-flash"), ("esptool.py", "write_flash")]
)
def test_what_was_built_elsewhere_is_flashed_by_esptool(
    tmp_path: Path, tools: Path, program: str, verb: str
) -> None:
    folder = project(tmp_path, "espidf", "esp32-devkitc")
    install(tools, program)
    assert edgeq.flash(folder).command == ("idf.py", "flash")  # nothing is built
    (folder / "build").mkdir()
    (folder / "build/flash_args").write_text("0x1000 bootloader.bin\n")
    assert edgeq.flash(folder, port="COM3").status == "done"
    assert recorded(tools) == [("build", [program, "--port", "COM3", verb, "@flash_args"])]


def test_a_library_for_cmake_is_flashed_with_the_firmware_that_links_it(
    tmp_path: Path, tools: Path
) -> None:
    folder = project(tmp_path, "cmake", "nano-33-ble")
    with pytest.raises(EdgeqError, match="no --image — the project makes a library"):
        edgeq.flash(folder)
    image = tmp_path / "my firmware.elf"
    image.touch()
    assert edgeq.flash(folder, image=image).command == ("pyocd", "flash", str(image))
    install(tools, "openocd")
    assert edgeq.flash(folder, image=image).status == "printed"
    (folder / "openocd.cfg").touch()
    result = edgeq.flash(folder, image=image)
    assert result.command == ("openocd", "-c", f"program {{{image}}} verify reset exit")
    assert recorded(tools) == [(".", list(result.command))]


@pytest.mark.parametrize(
    "port",
    [
        "--help",
        "ttyACM0",
        "/dev/../etc/passwd",
        "/dev/tty;reboot",
        "/dev/tty\n",
        "COM0",
        "/dev/",
        "",
    ],
)
def test_what_is_no_port_never_reaches_a_tool(tmp_path: Path, tools: Path, port: str) -> None:
    folder = project(tmp_path, "espidf", None)
    install(tools, "idf.py")
    with pytest.raises(EdgeqError, match="it is no name of a serial port"):
        edgeq.flash(folder, port=port)
    assert not (tmp_path / "record").exists()


@pytest.mark.parametrize("port", ["/dev/serial/by-id/usb-Arduino_Nano-33-if00", "/dev/cu.usb-1"])
def test_ports_have_long_names_too(tmp_path: Path, tools: Path, port: str) -> None:
    assert port in edgeq.flash(project(tmp_path, "espidf", None), port=port).command


@pytest.mark.parametrize(
    ("framework", "board", "options", "why"),
    [
        ("arduino", "nano-33-ble", {}, "no --port — arduino-cli uploads to a serial port"),
        ("pico", None, {"port": PORT}, "picotool finds the board without a port"),
        ("arduino", None, {"port": PORT}, "made without a board, whose fqbn the tool asks for"),
        ("zephyr", None, {}, "made without a board, whose board the tool asks for"),
        ("pico", None, {"image": __file__}, "the project builds its own program"),
        ("cmake", None, {"image": "none.elf"}, "there is no such file"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    tmp_path: Path, framework: str, board: str | None, options: dict[str, str], why: str
) -> None:
    with pytest.raises(EdgeqError, match=why):
        edgeq.flash(project(tmp_path, framework, board), **options)  # type: ignore[arg-type]


def test_a_path_that_would_steer_openocd_is_refused(tmp_path: Path) -> None:
    image = tmp_path / "a} ; exec reboot {"
    image.touch()
    with pytest.raises(EdgeqError, match="its path has braces"):
        edgeq.flash(project(tmp_path, "cmake", None), image=image)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"name": "../../bin"}, "it names no project"),
        ({"name": "$(reboot)"}, "it names no project"),
        ({"name": "-x"}, "it names no project"),
        ({"name": None}, "it names no project"),
        ({"framework": "../common"}, "it names no framework that is known"),
        ({"framework": ["pico"]}, "it names no framework that is known"),
        ({"board": {"a": 1}}, "its board is no name"),
        ({"board": "\x1b[2J"}, "not among the"),
        ({"generator": "other"}, "it names no project"),
    ],
)
def test_a_hostile_manifest_starts_nothing(
    tmp_path: Path, tools: Path, change: dict[str, object], why: str
) -> None:
    folder = project(tmp_path, "espidf", "esp32-devkitc")
    install(tools, "idf.py")
    manifest = folder / "edgeq.json"
    manifest.write_text(json.dumps({**json.loads(text_of(manifest)), **change}))
    with pytest.raises(EdgeqError, match=why) as caught:
        edgeq.flash(folder)
    assert str(caught.value).isprintable()
    assert not (tmp_path / "record").exists()


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(EdgeqError, match=r"it has no edgeq\.json — give the folder"):
            edgeq.flash(folder)


def test_a_tool_that_fails_is_an_error_and_ends_the_steps(
    tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project(tmp_path, "zephyr", "nano-33-ble")
    install(tools, "west")
    monkeypatch.setenv("TOOL_STATUS", "3")
    with pytest.raises(EdgeqError, match="west — it ended with status 3 — its messages are above"):
        edgeq.flash(folder)
    assert len(recorded(tools)) == 1


def test_json_is_one_object_and_what_tools_say_goes_elsewhere(
    tmp_path: Path, tools: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = str(project(tmp_path, "espidf", "esp32-devkitc"))
    assert run(["flash", folder, "--json"]) == 1  # nothing was flashed
    told = json.loads(capfd.readouterr().out)
    assert (told["status"], told["command"]) == ("printed", ["idf.py", "flash"])
    install(tools, "idf.py")
    assert run(["flash", folder, "--json"]) == 0
    said = capfd.readouterr()
    assert json.loads(said.out)["status"] == "done"
    assert "said by a tool" in said.err


def test_people_are_told_what_to_install_and_to_type(
    tmp_path: Path, tools: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = project(tmp_path, "pico", None)
    assert run(["flash", str(folder)]) == 1
    first, *typed = capfd.readouterr().out.splitlines()
    assert first.startswith("cmake and picotool not installed: cmake, and picotool from https://")
    assert [shlex.split(line) for line in typed] == [
        ["cd", str(folder)],
        ["cmake", "-B", "build"],
        ["cmake", "--build", "build"],
        ["picotool", "load", "-fx", "build/tiny_firmware.uf2"],
    ]
    install(tools, "cmake", "picotool")
    assert run(["flash", str(folder)]) == 0
    assert capfd.readouterr().out == "flashed by picotool\n"
