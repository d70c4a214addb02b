"""Programs that read sensors: each built against stubs of its libraries and run, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from codegen.building import STUBS, WARNINGS, run, tool
from codegen.mega import mega_firmware, simulated
from codegen.projects import run_sketch, text_of
from codegen.small_models import identity
from codegen.test_audio import wake_word
from codegen.test_pico import configure
from codegen.test_zephyr import DEMO
from codegen.test_zephyr import configure as configure_zephyr
from ops.harness import quantized

from edgeq.boards import find_board
from edgeq.codegen.generate import generate
from edgeq.codegen.sampling import Sampling
from edgeq.errors import DoesNotFitError, EdgeqError
from edgeq.features import FrontEnd, MfccParameters, MicroParameters, Parameters
from edgeq.frameworks import FRAMEWORKS, load_layout
from edgeq.graph import Model
from edgeq.sensors import SENSORS, load_sensor, program_of
from edgeq.wire.time_steps import TimeStepReader

RESULT = re.compile(r"^(-?\d+|\?): (-?[0-9.]+), [0-9.]+ ms(?:, .*lost.*)?$", re.M)
LINES = "".join(f"{i},{-i / 4},0.5\n" for i in range(12))
MODELS = {  # by channels of a time step
    1: identity(quantized("x", (1, 64, 1), 1 / 128, 0)),
    2: identity(quantized("x", (1, 8, 2), 8.0, -128)),
    3: identity(quantized("x", (1, 8, 3), 0.02, -5)),
    6: identity(quantized("x", (1, 8, 6), 0.1, 0)),
}
PICTURE = identity(quantized("x", (1, 24, 32, 1), 1.0, -128))
CODE = [(name, program) for name in SENSORS for program in load_sensor(name).code]


def model_for(name: str) -> Model:
    sensor = load_sensor(name)
    if not sensor.time_steps:
        return PICTURE
    return MODELS[{"serial": 3, "analog": 2}.get(name, max(sensor.counts))]


def made(folder: Path, name: str, framework: str, board: str | None = None, hop: int = 4) -> Path:
    sensor = load_sensor(name)
    sampling = Sampling(hop=hop if sensor.time_steps else None)
    generate(
        model_for(name),
        folder / "p",
        framework=framework,
        board=board,
        name="tiny",
        sensor=name,
        sampling=sampling,
    )
    return folder / "p"


def built_arduino(folder: Path, name: str) -> str:
    project = made(folder, name, "arduino")
    return run_sketch(project, project / "tiny/src", project / "tiny/tiny.ino", stdin=LINES)


def built_espidf(folder: Path, name: str) -> str:
    main = made(folder, name, "espidf") / "main"
    needs = load_sensor(name).code["espidf"]
    assert all(component in text_of(main / "CMakeLists.txt") for component in needs.requires)
    if needs.components:
        listed = yaml.safe_load(text_of(main / "idf_component.yml"))["dependencies"]
        assert listed == needs.components
    sources = (*main.glob("*.c"), STUBS / "app_main.c")
    includes = (f"-I{STUBS}", f"-I{STUBS / 'sensors'}")
    run("gcc", "-std=gnu17", *WARNINGS, *includes, *sources, "-o", "firmware", "-lm", cwd=main)
    return run("./firmware", cwd=main, stdin=LINES.encode()).decode()


def built_pico(folder: Path, name: str) -> str:
    tool("cmake", "cmake")
    project = made(folder, name, "pico")
    configure(project, f"-DCMAKE_C_FLAGS={' '.join(WARNINGS)}")
    run("cmake", "--build", "build", cwd=project)
    return run("build/tiny_firmware", cwd=project, stdin=LINES.encode()).decode()


def built_zephyr(folder: Path, name: str) -> str:
    sample = made(folder, name, "zephyr", "nano-33-ble") / DEMO
    configure_zephyr(sample)
    run("cmake", "--build", "build", cwd=sample)
    return run("build/zephyr", cwd=sample, stdin=LINES.encode()).decode()


def built_stdio(folder: Path, name: str) -> str:
    project = made(folder, name, "cmake")
    flags = ("-std=c99", "-pedantic", *WARNINGS, "-Isrc")
    run("gcc", *flags, "main.c", *project.glob("src/*.c"), "-o", "demo", "-lm", cwd=project)
    return run("./demo", cwd=project, stdin=LINES.encode()).decode()


BUILT = {
    "arduino": built_arduino,
    "espidf": built_espidf,
    "pico": built_pico,
    "stdio": built_stdio,
    "zephyr": built_zephyr,
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "program"), CODE)
def test_every_program_builds_and_prints_classes(tmp_path: Path, name: str, program: str) -> None:
    said = BUILT[program](tmp_path, name)
    results = RESULT.findall(said)
    assert len(results) >= 2, said
    if name == "serial":  # windows of time steps 0 to 7 and 4 to 11; element 3 * row has the most
        most = np.float32(0.02) * np.float32(127 + 5)
        assert results == [("9", f"{most:.4f}"), ("0", f"{most:.4f}")]
    if name == "analog":
        assert {*results} == {("1", "200.0000")}
    if name == "pdm":  # a second comes at once: 16384 samples, of which 4096 can wait
        assert {*re.findall(r"lost: (\d+)", said)} == {"12288"}
    if name == "mpu6050":
        assert {*results} == {("3", "12.7000")}  # 125 degrees per second, beyond the integers
    if not load_sensor(name).time_steps:  # rows of the picture in the middle, from top to bottom
        assert {*results} == {("736", "132.0000" if name == "ov7670" else "230.0000")}


@pytest.mark.slow
def test_a_program_can_print_what_a_recording_takes(tmp_path: Path) -> None:
    """A sketch and a main in C, with their constant set, are fed the lines that they print. Behind
    the end of a line, since what comes first may be the rest of one.
    """
    wanted = [[float(value) for value in line.split(",")] for line in LINES.splitlines()]
    project = made(tmp_path / "a", "serial", "arduino")
    sketch = project / "tiny/tiny.ino"
    sketch.write_text(text_of(sketch).replace("bool record = false;", "bool record = true;"))
    said = run_sketch(project, project / "tiny/src", sketch, stdin=LINES)
    assert TimeStepReader(3).take(b"\n" + said.encode()) == wanted

    project = made(tmp_path / "c", "serial", "cmake")
    main = project / "main.c"
    main.write_text(text_of(main).replace("#define RECORD 0 ", "#define RECORD 1 "))
    run("gcc", "main.c", *project.glob("src/*.c"), "-Isrc", "-o", "demo", "-lm", cwd=project)
    said = run("./demo", cwd=project, stdin=LINES.encode()).decode()
    assert TimeStepReader(3).take(b"\n" + said.encode()) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "program", "parameters"),
    [
        *((*case, MicroParameters()) for case in CODE if case[0] in ("pdm", "i2s")),
        ("pdm", "arduino", MfccParameters()),
    ],
)
def test_a_microphone_fills_the_audio_front_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, program: str, parameters: Parameters
) -> None:
    said = FrontEnd(parameters).to_bytes()
    heard = wake_word(parameters.channels).with_front_end(said)
    monkeypatch.setitem(MODELS, 1, heard)
    said = BUILT[program](tmp_path, name)
    assert len(RESULT.findall(said)) >= 2, said
    readme = text_of(tmp_path / "p/README.md")
    assert "16000 times a second,\nmakes features of the sound, and prints" in readme


@pytest.mark.slow
@pytest.mark.parametrize("board", load_sensor("esp32-camera").boards)
def test_a_camera_has_the_pins_of_its_board(tmp_path: Path, board: str) -> None:
    text = text_of(made(tmp_path, "esp32-camera", "arduino", board) / "tiny/tiny.ino")
    pins = load_sensor("esp32-camera").pins[board]
    assert dict(re.findall(r"config\.pin_(\w+) = (-?\d+);", text)) == {
        signal: str(pin) for signal, pin in pins.items()
    }


@pytest.mark.parametrize("name", SENSORS)
def test_a_sensors_file_is_whole(name: str) -> None:
    sensor = load_sensor(name)
    assert sensor.code
    assert sensor.sources
    assert {*sensor.code} <= {load_layout(framework).program for framework in FRAMEWORKS} | {
        "stdio"
    }
    assert sensor.rate_hz <= sensor.fastest_hz
    for board in (*sensor.boards, *sensor.pins):
        find_board(board)


@pytest.mark.parametrize(
    ("name", "framework", "board", "why"),
    [
        ("nose", "arduino", None, "sensor 'nose' — it is not known — choose one of analog, "),
        ("pdm", "cmake", None, r"with arduino, arduino-library, .* a sensor of cmake: serial"),
        ("pdm", "headers", None, r"--sensor pdm with headers .* a sensor of headers: none"),
        ("lsm9ds1", "arduino", "pico", r"Raspberry Pi Pico has none; it is on nano-33-ble"),
        ("i2s", "arduino", "mega-2560", r"its code is for xtensa-lx6, .* the board has a avr"),
    ],
)
def test_a_sensor_that_is_not_there_is_refused(
    tmp_path: Path, name: str, framework: str, board: str | None, why: str
) -> None:
    with pytest.raises(EdgeqError, match=why):
        generate(
            MODELS[1], tmp_path / "p", framework=framework, board=board, name="tiny", sensor=name
        )
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize(
    ("model", "name", "why"),
    [
        (MODELS[2], "lsm9ds1", r"input is \[1, 8, 2\], the sensor yields time steps of 3 \(ax, ay, az\) or 6"),
        (PICTURE, "lsm9ds1", r"input is \[1, 24, 32, 1\], the sensor yields time steps of 3"),
        (MODELS[3], "ov7670", r"input is \[1, 8, 3\], the sensor yields pixels of 1 \(brightness\)"),
        (identity(quantized("x", (1, 48))), "lsm9ds1", "windows of 16 or 8 time steps — state by --window"),
    ],
)  # fmt: skip
def test_a_window_that_the_sensor_does_not_yield_is_refused(
    tmp_path: Path, model: Model, name: str, why: str
) -> None:
    with pytest.raises(EdgeqError, match=why):
        generate(model, tmp_path, framework="arduino", sensor=name)


def test_the_ring_counts_as_ram(tmp_path: Path) -> None:
    model = identity(quantized("x", (1, 2000, 1)))
    options = {"framework": "arduino", "board": "mega-2560", "sensor": "analog"}
    with pytest.raises(DoesNotFitError, match="ram needs"):
        generate(model, tmp_path / "p", **options)


def test_platformio_reads_sensors_by_the_boards_framework() -> None:
    layout = load_layout("platformio")
    assert program_of(layout, find_board("nano-33-ble")) == "arduino"
    assert program_of(load_layout("platformio-library"), None) == "stdio"


@pytest.mark.slow
def test_every_framework_takes_what_its_sensor_needs(tmp_path: Path) -> None:
    ini = text_of(made(tmp_path / "a", "lsm9ds1", "platformio", "nano-33-ble") / "platformio.ini")
    assert "lib_deps =\n  arduino-libraries/Arduino_LSM9DS1\n" in ini
    library = made(tmp_path / "b", "lsm9ds1", "arduino-library", "nano-33-ble")
    assert "depends=Arduino_LSM9DS1\n" in text_of(library / "tiny/library.properties")
    assert "arduino-cli lib install Arduino_LSM9DS1\n" in text_of(library / "README.md")
    component = made(tmp_path / "c", "esp32-camera", "espidf-component", "esp32-cam")
    demo = component / "edgeq_tiny/examples/tiny_demo/main/idf_component.yml"
    assert yaml.safe_load(text_of(demo))["dependencies"] == {"espressif/esp32-camera": "^2.0.0"}


@pytest.mark.slow
@pytest.mark.parametrize("framework", [name for name in FRAMEWORKS if load_layout(name).program])
def test_the_program_is_its_users_and_the_stream_is_renewed(tmp_path: Path, framework: str) -> None:
    board = "nano-33-ble" if load_layout(framework).board_required else None
    folder = made(tmp_path, "serial", framework, board)
    (stream,) = folder.rglob("tiny_stream.h")
    written = {path.format(prefix="tiny") for path in load_layout(framework).yours}
    (program,) = [
        path
        for path in sorted(written)
        if Path(path).suffix in (".ino", ".c", ".cpp") and (folder / path).is_file()
    ]
    (folder / program).write_text("mine\n")
    made(tmp_path, "serial", framework, board, hop=2)
    assert text_of(folder / program) == "mine\n"
    assert "TINY_HOP 2u" in text_of(stream)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "libraries"), [("serial", ()), ("mpu6050", ("Wire",))])
def test_a_sketch_builds_with_arduinos_core(
    tmp_path: Path, core: Path, name: str, libraries: tuple[str, ...]
) -> None:
    folder = made(tmp_path, name, "arduino", "mega-2560")
    sketch = folder / "tiny/tiny.ino"
    assert mega_firmware(tmp_path, core, folder / "tiny/src", sketch, libraries).is_file()


@pytest.mark.slow
def test_a_mega_2560_reads_its_analog_pins(tmp_path: Path, core: Path) -> None:
    """Its pins are at 0 V."""
    folder = made(tmp_path, "analog", "arduino", "mega-2560")
    firmware = mega_firmware(tmp_path, core, folder / "tiny/src", folder / "tiny/tiny.ino")
    assert re.search(r"0: 0\.0000, [0-9.]+ ms", simulated(firmware, " ms"))
