"""Projects of every framework: complete, buildable, and right when they run."""

from __future__ import annotations

import configparser
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from codegen.building import C99, STUBS, WARNINGS, board_for, boards_of, run, tool
from codegen.projects import COPY, OUTPUT, PASS, project, run_sketch, text_of
from codegen.small_models import classifier, two_inputs

from edgeq.boards import Board, find_board
from edgeq.codegen.engine import NamedModel
from edgeq.codegen.engines import ENGINES
from edgeq.codegen.framework import render_project
from edgeq.codegen.generate import generate
from edgeq.codegen.native import NativeOptions
from edgeq.codegen.project_context import project_context
from edgeq.errors import EdgeqError
from edgeq.frameworks import FRAMEWORKS, load_layout
from edgeq.resources import resource_folder

pytestmark = pytest.mark.slow  # each builds a project


def test_a_framework_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(
        EdgeqError,
        match=r"framework 'mbed' — it is not known — choose one of arduino, .*cmake, .*espidf",
    ):
        load_layout("mbed")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_cmake_project_builds_without_warnings_and_runs(tmp_path: Path, compiler: str) -> None:
    tool("cmake", "cmake")
    tool(compiler, compiler)
    folder = project(tmp_path, "cmake")
    flags = " ".join(("-pedantic", *WARNINGS))
    run(
        "cmake",
        "-B",
        "build",
        f"-DCMAKE_C_COMPILER={compiler}",
        f"-DCMAKE_C_FLAGS={flags}",
        cwd=folder,
    )
    run("cmake", "--build", "build", cwd=folder)
    said = run("build/tiny_demo", cwd=folder).decode()
    assert PASS.match(said)
    assert OUTPUT.search(said)


def test_a_wrong_byte_fails_the_self_test(tmp_path: Path) -> None:
    folder = project(tmp_path, "cmake")
    vectors = folder / "src/tiny_selftest.c"
    text = text_of(vectors)
    expected = re.search(r"output0\[3\]\[3\] = \{\s*\{\s*(-?\d+)", text)
    assert expected is not None
    vectors.write_text(
        f"{text[: expected.start(1)]}{int(expected[1]) ^ 1}{text[expected.end(1) :]}"
    )
    run(
        "gcc",
        "-Isrc",
        "main.c",
        "src/tiny.c",
        "src/tiny_selftest.c",
        "-o",
        "demo",
        "-lm",
        cwd=folder,
    )
    said = run("sh", "-c", "./demo; test $? -eq 1", cwd=folder).decode()
    assert said.splitlines()[2:5] == [
        f"EDGEQ SELFTEST VECTOR {v}" for v in ("1 different", "2 same", "3 same")
    ]
    assert said.endswith(" count 3 different 1\n")


FREESTANDING = (
    f"-ffreestanding -isystem {resource_folder('firmware_templates') / 'verify' / 'freestanding'}"
)
"""The headers of a C library for a compiler that has none."""


@pytest.mark.parametrize(
    ("board", "compiler", "package", "flags"),
    [
        ("nano-33-ble", "arm-none-eabi-gcc", "gcc-arm-none-eabi", ""),
        ("esp32-c3-devkitm", "riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf", FREESTANDING),
        ("mega-2560", "avr-gcc", "gcc-avr", ""),
    ],
)
def test_a_cmake_project_builds_for_its_board_as_its_readme_says(
    tmp_path: Path, board: str, compiler: str, package: str, flags: str
) -> None:
    tool("cmake", "cmake")
    tool(compiler, package)
    folder = project(tmp_path, "cmake", board=board)
    commands = re.findall(
        r"    (cmake -B board .*)\n    (cmake --build board)\n", text_of(folder / "README.md")
    )
    assert commands == [("cmake -B board --toolchain toolchain.cmake", "cmake --build board")]
    configure, build = commands[0]
    run(*configure.split(), f"-DCMAKE_C_FLAGS=-Wall -Wextra -Werror {flags}", cwd=folder)
    run(*build.split(), cwd=folder)
    assert compiler in text_of(folder / "board/CMakeCache.txt")
    assert (folder / "board/libtiny_engine.a").is_file()


def test_an_arduino_sketch_runs(tmp_path: Path) -> None:
    folder = project(tmp_path, "arduino")
    said = run_sketch(folder, folder / "tiny/src", folder / "tiny/tiny.ino")
    assert PASS.match(said)
    assert len(OUTPUT.findall(said)) == 3


def test_a_platformio_project_runs(tmp_path: Path) -> None:
    folder = project(tmp_path, "platformio", board="uno-r4-wifi")
    said = run_sketch(folder, folder / "lib/tiny", folder / "src/main.cpp")
    assert PASS.match(said)
    assert len(OUTPUT.findall(said)) == 3


def test_an_espidf_project_runs(tmp_path: Path) -> None:
    folder = project(tmp_path, "espidf", board="esp32-c3-devkitm") / "main"
    sources = (
        folder / "main.c",
        folder / "tiny.c",
        folder / "tiny_selftest.c",
        STUBS / "app_main.c",
    )
    run("gcc", "-std=gnu17", *WARNINGS, f"-I{STUBS}", *sources, "-o", "firmware", "-lm", cwd=folder)
    said = run("./firmware", cwd=folder).decode()
    assert PASS.match(said)
    assert len(OUTPUT.findall(said)) == 3


def test_a_mega_2560_computes_the_same_bytes_from_flash(tmp_path: Path) -> None:
    tool("avr-gcc", "gcc-avr and avr-libc")
    tool("simavr", "simavr")
    sources = project(tmp_path, "arduino", board="mega-2560") / "tiny/src"
    flags = (
        "-mmcu=atmega2560",
        "-std=gnu11",
        "-Os",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-DF_CPU=16000000",
    )
    run(
        "avr-gcc",
        *flags,
        "-I.",
        "tiny.c",
        "tiny_selftest.c",
        STUBS / "mega.c",
        "-o",
        "mega.elf",
        cwd=sources,
    )
    assert b"EDGEQ SELFTEST END model" in run(
        "simavr", "-m", "atmega2560", "-f", "16000000", "mega.elf", cwd=sources
    )
    sizes = run("avr-size", "-A", "mega.elf", cwd=sources).decode()
    ram = sum(int(size) for size in re.findall(r"^\.(?:data|bss|noinit)\s+(\d+)", sizes, re.M))
    arena = re.search(r"ARENA_BYTES (\d+)", text_of(sources / "tiny.h"))
    assert arena is not None
    assert ram <= int(arena[1]) + 64  # for the strings of this main


@pytest.mark.parametrize(
    ("board", "engine"),
    [
        (board, engine)
        for board in boards_of("espidf")
        for engine in ("native", "tflm")
        if engine == "native" or board.tflm_kernels
    ],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_espidf_registers_files_that_are_there(tmp_path: Path, board: Board, engine: str) -> None:
    folder = project(tmp_path, "espidf", engine, board.name, COPY)
    listed = (
        run("cmake", f"-DMAIN={folder / 'main'}", "-P", STUBS / "idf.cmake", cwd=folder)
        .decode()
        .split("\n")[0]
    )
    built = {path.name for path in (folder / "main").iterdir() if path.suffix in (".c", ".cpp")}
    assert set(listed.split(";")) == built
    target = board.frameworks["espidf"].fields["target"]
    assert f'CONFIG_IDF_TARGET="{target}"' in text_of(folder / "sdkconfig.defaults")
    assert f"idf.py set-target {target}\n" in text_of(folder / "README.md")
    component = folder / "main/idf_component.yml"
    assert component.exists() == (engine == "tflm")
    if component.exists():
        assert list(yaml.safe_load(text_of(component))["dependencies"]) == [
            "espressif/esp-tflite-micro"
        ]


@pytest.mark.parametrize("board", boards_of("platformio"), ids=lambda board: board.name)
def test_platformio_gets_the_boards_ids(tmp_path: Path, board: Board) -> None:
    entry = board.frameworks["platformio"].fields
    engine = "native" if board.tflm_kernels is None else "tflm"
    folder = project(tmp_path, "platformio", engine, board.name, COPY)
    ini = configparser.ConfigParser()
    ini.read(folder / "platformio.ini")
    section = ini[f"env:{entry['board']}"]
    assert (section["platform"], section["board"], section["framework"]) == (
        entry["platform"],
        entry["board"],
        entry["framework"],
    )
    assert ("Chirale_TensorFlowLite" in section.get("lib_deps", "")) == (engine == "tflm")
    assert (folder / "src/main.cpp").is_file()
    assert (folder / "lib/tiny/tiny.h").is_file()


def test_no_template_knows_an_engine_by_its_name() -> None:
    names = "|".join(ENGINES)
    compared = re.compile(rf"""engine\s*(?:==|!=|in|is)|['"](?:{names})['"]""")
    templates = resource_folder("firmware_templates").rglob("*.j2")
    assert [str(path) for path in templates if compared.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("framework", "entry"), [("espidf", "void app_main(void) {"), ("zephyr", "int main(void) {")]
)
def test_platformio_takes_other_frameworks_than_arduino(framework: str, entry: str) -> None:
    board = replace(find_board("esp32-devkitc"), tflm_kernels="reference")
    for kind, row in ENGINES.items():
        engine = row.render([NamedModel(COPY, "tiny")], "tiny", board, NativeOptions())
        target = {**board.frameworks["platformio"].facts, "framework": framework}
        layout = load_layout("platformio")
        context = {**project_context(layout, row, board, engine, 0), "target": target}
        files = render_project(layout, context, engine.files)
        assert entry in files["src/main.c"].decode()
        assert "src/main.cpp" not in files
        assert ("src/idf_component.yml" in files) == (kind == "tflm" and framework == "espidf")


@pytest.mark.parametrize("board", boards_of("arduino"), ids=lambda board: board.name)
def test_an_arduino_readme_gives_the_boards_commands(tmp_path: Path, board: Board) -> None:
    entry = board.frameworks["arduino"].fields
    text = text_of(project(tmp_path, "arduino", board=board.name, model=COPY) / "README.md")
    assert f"arduino-cli core install {entry['core']}" in text
    assert f"arduino-cli compile --fqbn {entry['fqbn']} tiny\n" in text
    assert entry["index_url"] is None or f"--additional-urls {entry['index_url']}\n" in text


@pytest.mark.parametrize(
    ("board", "named"), [("nano-33-ble", True), ("uno-r4-wifi", False), ("pico-2", False)]
)
def test_a_library_that_does_not_name_the_core_is_said_to(
    tmp_path: Path, board: str, named: bool
) -> None:
    for framework in ("arduino", "platformio"):
        text = text_of(project(tmp_path / framework, framework, "tflm", board, COPY) / "README.md")
        assert ("does not name this board's core" in text) != named


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_project_says_how_to_use_it_in_about_ten_lines(tmp_path: Path, framework: str) -> None:
    board = board_for(framework, "nano-33-ble")
    for engine in ("native", "tflm"):
        folder = project(tmp_path / engine, framework, engine, board, COPY)
        text, _, terms = text_of(folder / "README.md").partition("\n\nGenerated by edgeq")
        lines = text.splitlines()
        assert 8 <= len(lines) <= 22
        assert len(terms.splitlines()) <= 5
        assert max(map(len, lines)) <= 130
        if framework != "headers":
            assert (folder / ".gitignore").is_file()


def test_many_outputs_are_not_all_printed(tmp_path: Path) -> None:
    generate(classifier(40), tmp_path / "p", framework="cmake", name="many")
    run("gcc", *C99, "-Isrc", "main.c", "src/many.c", "-o", "demo", "-lm", cwd=tmp_path / "p")
    assert len(run("./demo", cwd=tmp_path / "p").splitlines()) == 16 + 1


def test_all_inputs_of_a_model_are_filled(tmp_path: Path) -> None:
    generate(two_inputs(), tmp_path / "p", framework="cmake", name="two")
    run("gcc", *C99, "-Isrc", "main.c", "src/two.c", "-o", "demo", "-lm", cwd=tmp_path / "p")
    assert (
        run("./demo", cwd=tmp_path / "p").decode().startswith("0: 0\n1: 0\n")
    )  # both inputs at their zero points
