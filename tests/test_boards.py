"""Boards: the shipped files say what the vendors say, and a wrong file is refused at its line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgeq.boards import Board, find_board, fits, load_boards, read_board
from edgeq.errors import EdgeqError
from edgeq.resources import resource_folder
from edgeq.verify.targets import BY_NAME

EXAMPLE = resource_folder("boards") / "nano-33-ble.yaml"

VENDOR_DATA = {  # core, clock, flash and RAM that a program can use, from the data sheets
    "nano-33-ble": ("cortex-m4f", 64_000_000, 1024 * 1024 - 64 * 1024, 256 * 1024),
    "nano-esp32": ("xtensa-lx7", 240_000_000, 16 * 1024 * 1024, 320 * 1024),
    "uno-r4-wifi": ("cortex-m4f", 48_000_000, 256 * 1024 - 16 * 1024, 32 * 1024),
    "mega-2560": ("avr", 16_000_000, 256 * 1024 - 8 * 1024, 8 * 1024),
    "portenta-h7": ("cortex-m7", 480_000_000, 2048 * 1024, (864 + 128) * 1024),
    "esp32-devkitc": ("xtensa-lx6", 240_000_000, 4096 * 1024, 320 * 1024),
    "esp32-s3-devkitc": ("xtensa-lx7", 240_000_000, 8192 * 1024, 320 * 1024),
    "esp32-c3-devkitm": ("rv32imc", 160_000_000, 4096 * 1024, 320 * 1024),
    "pico": ("cortex-m0plus", 133_000_000, 2048 * 1024, 264 * 1024),
    "pico-2": ("cortex-m33f", 150_000_000, 4096 * 1024, 520 * 1024),
    "nucleo-l4r5zi": ("cortex-m4f", 120_000_000, 2048 * 1024, 640 * 1024),
    "nucleo-f746zg": ("cortex-m7", 216_000_000, 1024 * 1024, 320 * 1024),
    "nano-33-iot": ("cortex-m0plus", 48_000_000, 256 * 1024 - 8 * 1024, 32 * 1024),
    "esp32-c6-devkitc": ("rv32imac", 160_000_000, 8192 * 1024, 320 * 1024),
    "teensy-41": ("cortex-m7", 600_000_000, 7936 * 1024, 1024 * 1024),
    "nrf5340-dk": ("cortex-m33f", 128_000_000, 1024 * 1024, 512 * 1024),
    "nucleo-u575zi-q": ("cortex-m33f", 160_000_000, 2048 * 1024, (768 + 16) * 1024),
    "microbit-v2": ("cortex-m4f", 64_000_000, 512 * 1024, 128 * 1024),
}

FQBN = {
    "nano-33-ble": "arduino:mbed_nano:nano33ble",
    "nano-esp32": "arduino:esp32:nano_nora",
    "uno-r4-wifi": "arduino:renesas_uno:unor4wifi",
    "mega-2560": "arduino:avr:mega:cpu=atmega2560",
    "portenta-h7": "arduino:mbed_portenta:envie_m7",
    "esp32-devkitc": "esp32:esp32:esp32",
    "nucleo-l4r5zi": "STMicroelectronics:stm32:Nucleo_144:pnum=NUCLEO_L4R5ZI",
    "nano-33-iot": "arduino:samd:nano_33_iot",
    "xiao-esp32s3": "esp32:esp32:XIAO_ESP32S3",
}


@pytest.mark.parametrize("name", VENDOR_DATA)
def test_a_board_has_its_vendors_data(name: str) -> None:
    board = find_board(name)
    assert (board.core, board.clock_hz, board.flash_bytes, board.ram_bytes) == VENDOR_DATA[name]


@pytest.mark.parametrize("name", FQBN)
def test_arduino_calls_the_board_by_this_name(name: str) -> None:
    arduino = find_board(name).frameworks["arduino"].fields
    assert arduino["fqbn"] == FQBN[name]
    assert str(arduino["fqbn"]).startswith(f"{arduino['core']}:")


@pytest.mark.parametrize("board", load_boards(), ids=lambda board: board.name)
def test_every_board_adds_up(board: Board) -> None:
    ram = sum(region.bytes for region in board.memory if region.kind == "ram")
    assert ram == board.ram_bytes
    assert board.contiguous_ram_bytes <= board.ram_bytes
    assert board.emulated is None or board.emulated in BY_NAME
    assert any("http" in source for source in board.sources)


@pytest.mark.parametrize("board", load_boards(), ids=lambda board: board.name)
def test_no_framework_promises_more_memory_than_there_is(board: Board) -> None:
    for name in board.framework_names:
        room = fits(board, 0, 0, name)
        assert 0 < room.flash_limit <= board.flash_bytes
        assert 0 < fits(board, 0, 0, name, psram=False).ram_limit <= board.contiguous_ram_bytes
        assert room.ram_limit <= max(board.contiguous_ram_bytes, board.psram_bytes)


def test_json_has_the_keys_of_the_command_line() -> None:
    row = find_board("pico").to_json()
    assert {"name", "mcu", "core", "clock_hz", "flash_bytes", "ram_bytes", "frameworks"} <= set(row)
    assert row["frameworks"] == [
        "arduino",
        "arduino-library",
        "platformio",
        "platformio-library",
        "pico",
        "zephyr",
        "cmake",
        "headers",
    ]


@pytest.mark.parametrize("spelling", ["nano-33-ble", "Nano-33-BLE", "nano_33_ble", " Nano 33 BLE "])
def test_a_board_is_found_in_any_case(spelling: str) -> None:
    assert find_board(spelling).mcu == "nRF52840"


def test_a_misspelt_board_gets_a_suggestion() -> None:
    with pytest.raises(EdgeqError, match=r"board 'nano33ble' — .* — did you mean nano-33-ble"):
        find_board("nano33ble")


def test_a_board_of_no_likeness_gets_the_way_to_the_list() -> None:
    with pytest.raises(EdgeqError, match="edgeq boards"):
        find_board("zx81")


def test_what_does_not_fit_says_by_how_much() -> None:
    tight = fits(find_board("mega-2560"), flash_bytes=300_000, ram_bytes=9_000, framework="arduino")
    assert not tight.fits
    assert (tight.flash_over, tight.ram_over) == (300_000 - 253_952, 9_000 - 8_192)
    assert tight.why == (
        "flash needs 300000 bytes, 46048 more than the 253952 there are and "
        "ram needs 9000 bytes, 808 more than the 8192 there are"
    )


def test_what_just_fits_fits() -> None:
    snug = fits(find_board("mega-2560"), flash_bytes=253_952, ram_bytes=8_192)
    assert snug.fits
    assert snug.why == ""


def test_an_arena_must_fit_one_region_not_their_sum() -> None:
    esp32 = find_board("esp32-devkitc")
    assert not fits(esp32, 0, 163_841, "espidf").fits, (
        "ESP-IDF allows 160 KB of static data, 320 KB in all"
    )
    assert fits(esp32, 0, 163_840, "espidf").fits


def test_psram_counts_where_the_framework_can_place_the_arena_there() -> None:
    xiao = find_board("xiao-esp32s3")
    assert not fits(xiao, 0, 2_000_000, "espidf").fits
    assert not fits(xiao, 0, 2_000_000, "espidf-component", psram=False).fits
    assert fits(xiao, 0, 8_388_608, "espidf-component").fits
    assert not fits(xiao, 0, 8_388_609, "espidf-component").fits


def test_a_framework_that_the_board_lacks_is_refused() -> None:
    with pytest.raises(EdgeqError, match="framework 'espidf' — board 'pico' has no such framework"):
        fits(find_board("pico"), 0, 0, "espidf")


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = EXAMPLE.read_text()
    assert old in text
    path = tmp_path / EXAMPLE.name
    path.write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("vendor:", "vender:", r":\d — vend.r: (Unexpected|Field)"),
        ("fpu: true", "fpu: true\nspeed: 9", r":10 — speed: Unexpected"),
        (
            "clock_hz: 64_000_000",
            "clock_hz: fast",
            r":6 — clock_hz: Input should be a valid integer",
        ),
        (
            "clock_hz: 64_000_000",
            "clock_hz: '64'",
            r":6 — clock_hz: Input should be a valid integer",
        ),
        (
            "clock_hz: 64_000_000",
            "clock_hz: 6.4",
            r":6 — clock_hz: Input should be a valid integer",
        ),
        ("clock_hz: 64_000_000", "clock_hz: 0", r":6 — clock_hz is 0, it must be positive"),
        ("clock_hz: 64_000_000", "clock_hz: .nan", r":6 — clock_hz: "),
        ("fpu: true", "fpu: maybe", r":9 — fpu: Input should be a valid boolean"),
        ("tflm_kernels: cmsis-nn", "tflm_kernels: fast", r":21 — tflm_kernels: Input should be"),
        ("kind: ram", "kind: rom", r":13 — memory.1.kind: Input should be"),
        ("ram_bytes: 262_144}", "ram_bytes: -1}", r":27 — ram_bytes is -1, it must be positive"),
        ("name: nano-33-ble", "name: nano-33", r":1 — name is 'nano-33', the file 'nano-33-ble'"),
        ("name: nano-33-ble", "name: ../nano", r":1 — name is '../nano', which has characters"),
        ("nano33ble", "nano33ble; rm -rf", r":24 — fqbn is .* which has characters"),
        ("arm-none-eabi-gcc", "gcc;rm", r":31 — compiler is .* which has characters"),
        ("-mthumb", "-mthumb $(x)", r":31 — cpu_flags is .* which has characters"),
        ("title: Arduino Nano 33 BLE", 'title: "a\\nb"', r":2 — title is .* which has characters"),
        (
            "title: Arduino Nano 33 BLE",
            "title: Nano */ x",
            r":2 — title is .* which has characters",
        ),
        (
            "title: Arduino Nano 33 BLE",
            'title: "Nano \\x9b31m"',
            r":2 — title is .* which has characters",
        ),
        (
            "title: Arduino Nano 33 BLE",
            'title: "Nano \\u202e"',
            r":2 — title is .* which has characters",
        ),
        (
            "  platformio:",
            "  mbed: {target: x}\n  platformio:",
            r":29 — frameworks.mbed: no framework of that name takes an entry, but arduino, cmake",
        ),
        (
            "  platformio:",
            "  headers: {}\n  platformio:",
            r":29 — frameworks.headers: no framework of that name takes an entry",
        ),
        (
            "board: nano33ble",
            "bord: nano33ble",
            r":29 — frameworks.platformio.bord: platformio takes no such field, but board, platform",
        ),
        (
            "board: nano33ble, ",
            "",
            r":29 — frameworks.platformio.board: it is missing",
        ),
        (
            "board: nano33ble",
            "board: null",
            r":29 — frameworks.platformio.board: it is missing",
        ),
        ("board: nano33ble", "board: 33", r":29 — frameworks.platformio.board: it is not text"),
        (
            "compiler: arm-none-eabi-gcc, cpu_flags: [",
            "compiler: [arm-none-eabi-gcc], cpu_flags: [",
            r":31 — frameworks.cmake.compiler: it is not text",
        ),
        (
            "cpu_flags: [-mcpu=cortex-m4, -mthumb, -mfpu=fpv4-sp-d16, -mfloat-abi=hard]",
            "cpu_flags: -mthumb",
            r":31 — frameworks.cmake.cpu_flags: it is not a list of texts",
        ),
        (
            "limits: {flash_bytes: 983_040",
            "limits: {flush_bytes: 983_040",
            r":27 — frameworks.arduino.limits.flush_bytes: Unexpected",
        ),
        ("basis: stated", "basis: guessed", r":17 — run_current.basis: Input should be 'stated'"),
        ("  basis: stated\n", "", r"run_current.basis: Field required"),
        (
            "emulated:",
            "flash_timing: {sector_bytes: 12, sector_cycles: 1, source: x}\nemulated:",
            r":20 — flash_timing.sector_bytes: it must be a power of two",
        ),
        (
            "emulated:",
            "flash_timing: {sector_bytes: 8, sector_cycles: 1}\nemulated:",
            r":20 — flash_timing.source: Field required",
        ),
        (
            "emulated:",
            "flash_timing:\n  sector_bytes: 8\n  sector_cycles: 1\n  source: x\n"
            "  code_cache: {lines: 9, line_bytes: 32, ways: 2}\nemulated:",
            r":24 — flash_timing.code_cache: lines must be a multiple of ways",
        ),
        ("milliamperes: 3.3", "milliamperes: 0", r":15 — milliamperes is 0.*, it must be positive"),
        ("platformio: {", "platformio: [", r"not YAML"),
        ("fpu: true", "fpu: true\nfpu: false", r":9 — field 'fpu' is given twice"),
        ("fpu: true", "fpu: [", r":1\d — not YAML"),
        (
            "vendor: Arduino",
            "vendor: !!python/object/apply:os.system [ls]",
            r":3 — vendor is neither text",
        ),
        ("vendor: Arduino", "vendor: 2026-01-01", r":3 — vendor is neither text"),
    ],
)
def test_a_wrong_field_is_refused_at_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(EdgeqError, match=message):
        read_board(changed(tmp_path, old, new))


def test_billion_laughs_are_not_told(tmp_path: Path) -> None:
    path = tmp_path / "laughs.yaml"
    levels = "\n".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    path.write_text("a0: &a0 [lol]\n" + levels)
    with pytest.raises(EdgeqError, match=r"laughs.yaml:\d+ — aliases \(\*\) are not allowed"):
        read_board(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is no mapping of fields"),
        ("- 1", "it is no mapping of fields"),
        ("a: 1\n---\nb: 2", "not YAML"),
        ("[" * 20_000, "not YAML"),
        ("#" * 70_000, "70000 bytes, the limit is 65536"),
    ],
    ids=["empty", "list", "two documents", "deep", "large"],
)
def test_what_is_no_board_at_all_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    with pytest.raises(EdgeqError, match=message):
        read_board(path)


def test_a_board_is_added_by_a_file_alone(tmp_path: Path) -> None:
    (tmp_path / "my-board.yaml").write_text(
        EXAMPLE.read_text().replace("name: nano-33-ble", "name: my-board")
    )
    assert [board.name for board in load_boards(tmp_path)] == ["my-board"]


def test_importing_the_module_imports_neither_yaml_nor_pydantic() -> None:
    code = (
        "import sys, edgeq.boards; print(sorted({'yaml', 'pydantic', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
