"""The memory functions of images without a C library, against what bytes do."""

import ctypes
import itertools
import subprocess
from pathlib import Path

import pytest

from edgeq.resources import resource_folder
from edgeq.verify.toolchain import WARNINGS, compile_c

FOLDER = resource_folder("firmware_templates") / "verify" / "freestanding"
NAMES = ("memcpy", "memmove", "memset", "memcmp")
SIZES = (0, 1, 3, 4, 5, 8, 17)


@pytest.fixture(scope="module", params=("gcc", "clang"))
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp(request.param)
    renamed = [f"-D{name}=own_{name}" for name in NAMES]
    flags = [*WARNINGS, "-O2", "-fno-builtin", "-shared", "-fPIC", "-isystem", str(FOLDER)]
    compile_c(
        request.param, [*flags, *renamed, str(FOLDER / "runtime.c"), "-o", "runtime.so"], folder
    )
    return ctypes.CDLL(str(Path(folder / "runtime.so")))


def buffer(size: int = 64) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(bytes(range(7, 7 + size)), size)


@pytest.mark.parametrize("name", ["memcpy", "memmove"])
def test_copies_between_any_alignments(library: ctypes.CDLL, name: str) -> None:
    for to, source, size in itertools.product(range(4), range(32, 36), SIZES[:-1]):
        memory, expected = buffer(), bytearray(range(7, 71))
        expected[to : to + size] = expected[source : source + size]
        getattr(library, f"own_{name}")(
            ctypes.byref(memory, to), ctypes.byref(memory, source), ctypes.c_size_t(size)
        )
        assert memory.raw == bytes(expected)


def test_moves_where_both_ends_overlap(library: ctypes.CDLL) -> None:
    for to, source, size in itertools.product(range(12), range(12), SIZES):
        memory, expected = buffer(), bytearray(range(7, 71))
        expected[to : to + size] = expected[source : source + size]
        library.own_memmove(
            ctypes.byref(memory, to), ctypes.byref(memory, source), ctypes.c_size_t(size)
        )
        assert memory.raw == bytes(expected), (to, source, size)


def test_sets_with_the_low_byte(library: ctypes.CDLL) -> None:
    for at, size, value in itertools.product(range(4), SIZES, (0, 0xA5, -1, 0x1FE)):
        memory, expected = buffer(), bytearray(range(7, 71))
        expected[at : at + size] = bytes([value & 0xFF]) * size
        library.own_memset(ctypes.byref(memory, at), value, ctypes.c_size_t(size))
        assert memory.raw == bytes(expected)


def test_compares_as_unsigned_bytes(library: ctypes.CDLL) -> None:
    assert library.own_memcmp(b"abc", b"abc", ctypes.c_size_t(3)) == 0
    assert library.own_memcmp(b"ab\x80", b"ab\x01", ctypes.c_size_t(3)) > 0
    assert library.own_memcmp(b"a\x00c", b"a\x01a", ctypes.c_size_t(3)) < 0


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_arithmetic_for_xtensa_is_this_machines(compiler: str, tmp_path: Path) -> None:
    source = Path(__file__).with_name("lx106_arithmetic.c")
    flags = [
        *WARNINGS,
        "-O2",
        "-fsanitize=undefined",
        "-fno-sanitize-recover=all",
        "-I",
        str(FOLDER),
    ]
    compile_c(compiler, [*flags, str(source), "-o", "arithmetic"], tmp_path)
    done = subprocess.run([tmp_path / "arithmetic"], capture_output=True, text=True, check=True)
    assert done.stdout == "0 wrong\n"
