"""Kernels that are written once: their tables of types, and what is rendered of them."""

import re
import subprocess
from pathlib import Path

import pytest

from edgeq.codegen.kernel_rows import TABLE, Row, rendered, row_of, rows
from edgeq.errors import EdgeqError
from edgeq.resources import resource_folder
from edgeq.verify.toolchain import WARNINGS

NATIVE = resource_folder("firmware_templates") / "native"
KERNELS = sorted(NATIVE.glob("*/*.c"))
VENDORS = [path.parent for path in (Path(__file__).parents[1] / "vendors").rglob("*.h")]
LARGEST = """#include "common/edgeq_native.h"

/* Rendered for
 *   TYPE  T        LOWEST
 *   s8    int8_t   INT8_MIN
 *   s16   int16_t  INT16_MIN
 */
typedef int8_t T;
#define LOWEST INT8_MIN

/* The largest T of x. */
EDGEQ_KERNEL void edgeq_largest_TYPE(int32_t n, const T *x, T *y) {
  *y = LOWEST; /* TYPES and TT stay */
}
"""


def text_of(function: str, text: str = LARGEST) -> str:
    return "\n".join(line for _, line in rendered(text, row_of(function, text, "largest.c")))


def test_a_row_is_rendered_with_its_types_and_without_the_table() -> None:
    assert (
        text_of("edgeq_largest_s16")
        == """#include "common/edgeq_native.h"

/* The largest int16_t of x. */
EDGEQ_KERNEL void edgeq_largest_s16(int32_t n, const int16_t *x, int16_t *y) {
  *y = INT16_MIN; /* TYPES and TT stay */
}"""
    )


def test_lines_keep_their_numbers_for_messages_of_compilers() -> None:
    assert [n for n, _ in rendered(LARGEST, rows(LARGEST, "")[0])] == [1, 2, 11, 12, 13, 14]


def test_a_file_without_a_table_stays_as_it_is() -> None:
    plain = "int x; /* T */\n"
    assert text_of("edgeq_any", plain) == plain.rstrip()


def test_the_row_of_a_function_renders_its_whole_name() -> None:
    pairs = LARGEST.replace("   s8 ", "   s8_s16 ").replace("int8_t ", "int32_t ")
    assert "const int32_t *x" in text_of("edgeq_largest_s8_s16", pairs)
    assert "const int16_t *x" in text_of("edgeq_largest_s16", pairs)
    with pytest.raises(EdgeqError, match=r"no row of its table makes edgeq_least_s16"):
        text_of("edgeq_least_s16")


def test_the_word_may_stand_anywhere_in_the_name() -> None:
    text = LARGEST.replace("edgeq_largest_TYPE(", "edgeq_TYPE_largest(")
    assert "edgeq_s16_largest(int32_t n, const int16_t *x" in text_of("edgeq_s16_largest", text)


def test_a_function_without_a_row_and_a_row_without_a_cell_are_refused() -> None:
    with pytest.raises(EdgeqError, match=r"no row of its table makes edgeq_largest_s32"):
        text_of("edgeq_largest_s32")
    with pytest.raises(EdgeqError, match=r"the row of s16 has 2 cells, the head 3"):
        text_of("edgeq_largest_s8", LARGEST.replace("  INT16_MIN", ""))


def tables() -> dict[str, tuple[str, list[Row]]]:
    texts = {path.relative_to(NATIVE).as_posix(): path.read_text() for path in KERNELS}
    return {name: (text, rows(text, name)) for name, text in texts.items() if TABLE.search(text)}


@pytest.mark.parametrize("name", tables())
def test_the_lines_behind_a_table_are_its_first_row(name: str) -> None:
    text, (first, *_) = tables()[name]
    table = TABLE.search(text)
    assert table is not None
    for line in table[2].splitlines():
        found = re.fullmatch(
            r"typedef (?P<cell>.+?) (?P<words>\w+(, \w+)*);", line
        ) or re.fullmatch(r"#define (?P<words>\w+) (?P<cell>.+)", line)
        assert found is not None, line
        words = [word for word in found["words"].split(", ") if word in first]
        assert {first[word] for word in words} == {found["cell"]}, line


def test_first_cells_tell_rows_apart() -> None:
    for name, (_, found) in tables().items():
        first = [next(iter(row.values())) for row in found]
        assert len(first) == len(set(first)), name


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_kernel_compiles_by_itself_without_warnings(compiler: str, tmp_path: Path) -> None:
    folders = [f"-I{folder}" for folder in (NATIVE, *VENDORS)]
    command = [compiler, *WARNINGS, "-fsyntax-only", "-DEDGEQ_KERNEL=", *folders]
    said = subprocess.run([*command, *map(str, KERNELS)], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
