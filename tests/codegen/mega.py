"""Sketches compiled with Arduino's core for the Mega 2560 by the flags of its platform.txt, and run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from codegen.building import run, tool

CORE = Path("/usr/share/arduino/hardware/arduino/avr")
MEGA = ("-mmcu=atmega2560", "-DF_CPU=16000000L", "-DARDUINO=10819", "-DARDUINO_AVR_MEGA2560")
SECTIONS = ("-ffunction-sections", "-fdata-sections", "-flto")
C = ("avr-gcc", "-c", "-Os", "-std=gnu11", *SECTIONS, "-fno-fat-lto-objects")
CXX = ("avr-g++", "-c", "-Os", "-std=gnu++11", "-fpermissive", "-fno-exceptions", *SECTIONS)
INCLUDES = (f"-I{CORE}/cores/arduino", f"-I{CORE}/variants/mega", "-DARDUINO_ARCH_AVR")


def compile_core(folder: Path) -> Path:
    """Arduino's core for the Mega 2560, compiled by the flags of its platform.txt."""
    tool("avr-g++", "gcc-avr")
    tool(str(CORE / "platform.txt"), "arduino-core-avr")
    sources = CORE / "cores/arduino"
    flags = (*MEGA, *INCLUDES, "-w")
    run(*C, *flags, *sources.glob("*.c"), *sources.glob("*.S"), cwd=folder)
    digits = "-DDECIMAL_DIG=__DECIMAL_DIG__"  # float.h of Debian's GCC 5 has it only for C++17
    run(*CXX, "-fno-threadsafe-statics", digits, *flags, *sources.glob("*.cpp"), cwd=folder)
    run("avr-gcc-ar", "rcs", "core.a", *folder.glob("*.o"), cwd=folder)
    return folder / "core.a"


def mega_firmware(
    folder: Path, core: Path, sources: Path, sketch: Path, libraries: tuple[str, ...] = ()
) -> Path:
    """The image of a sketch with the C beside it, built in `folder`. libraries: of the core."""
    tool("simavr", "simavr")
    places = [CORE / "libraries" / name / "src" for name in libraries]
    found = [*places, *(place / "utility" for place in places)]
    flags = (*MEGA, *INCLUDES, *(f"-I{place}" for place in found))
    if places:
        run(*C, *flags, "-w", *(s for p in found for s in sorted(p.glob("*.c"))), cwd=folder)
        run(*CXX, *flags, "-w", *(s for p in found for s in sorted(p.glob("*.cpp"))), cwd=folder)
    strict = (*flags, "-Wall", "-Wextra", "-Werror")
    run(*C, *strict, *sources.glob("*.c"), cwd=folder)
    prefixed = ("-x", "c++", "-include", "Arduino.h", sketch, "-o", "sketch.o")
    run(*CXX, "-fno-threadsafe-statics", *strict, f"-I{sources}", *prefixed, cwd=folder)
    linked = ("-Os", "-flto", "-fuse-linker-plugin", "-Wl,--gc-sections", "-mmcu=atmega2560")
    run(
        "avr-gcc", "-w", *linked, *folder.glob("*.o"), core, "-lm", "-o", "firmware.elf", cwd=folder
    )
    return folder / "firmware.elf"


def simulated(firmware: Path, last: str) -> str:
    """What a Mega 2560 sends until a line with `last`, within 60 s."""
    command = ("timeout", "60", "simavr", "-m", "atmega2560", "-f", "16000000", str(firmware))
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as simulator:
        assert simulator.stdout is not None
        said = ""
        for line in simulator.stdout:
            said += line
            if last in line:
                simulator.terminate()
                return said
    raise AssertionError(said)
