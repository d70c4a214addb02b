"""What instruction sets state, read from their headers: nothing else counts, and nothing is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeq.opkit.instruction_sets import (
    instruction_sets,
    kernel_number,
    largest,
    most,
    native_folder,
    piece_files,
    read_instruction_sets,
    smallest,
    values,
)

CHOICE = """#include "arch/new/arch.h"
#include "arch/portable/arch.h"
"""
NEW = """#if !defined(EDGEQ_INSTRUCTION_SET) && defined(__NEW__)
#define EDGEQ_INSTRUCTION_SET
"""
PORTABLE = """#ifndef EDGEQ_LANES
#define EDGEQ_LANES 4 /* of a register */
#endif
#define EDGEQ_FLASH
#define EDGEQ_LOOP "arch/portable/loop.h"
"""


def folder(root: Path, new: str) -> Path:
    """A folder of two instruction sets, of which `new` has the given arch.h."""
    for name, text in (("portable", PORTABLE), ("new", new)):
        (root / "arch" / name).mkdir(parents=True)
        (root / "arch" / name / "arch.h").write_text(text)
        (root / "arch" / name / "loop.h").write_text("")
    (root / "arch" / "arch.h").write_text(CHOICE)
    return root


def test_numbers_and_pieces_are_read_below_any_condition(tmp_path: Path) -> None:
    text = "#if A\n#define EDGEQ_LANES 8\n#else\n# define EDGEQ_LANES 16 /* wide */\n#endif\n"
    new, portable = read_instruction_sets(folder(tmp_path, NEW + text + PORTABLE.splitlines()[-1]))
    assert (new.name, new.numbers, new.pieces) == (
        "new",
        {"LANES": (8, 16)},
        {"LOOP": ("arch/portable/loop.h",)},
    )
    assert portable.numbers == {"LANES": (4,)}


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("#define EDGEQ_LANES (4 * 2)", "EDGEQ_LANES is neither a number nor a file"),
        ("#define EDGEQ_LANES 0x8", "EDGEQ_LANES is neither a number nor a file"),
        ('#define EDGEQ_LOOP "arch/new/lop.h"', "EDGEQ_LOOP is neither a number nor a file"),
        ('#define EDGEQ_LOOP "../loop.h"', "EDGEQ_LOOP is neither a number nor a file"),
        ("#define EDGEQ_LANE 8", "states EDGEQ_LANE, which portable does not"),
    ],
)
def test_what_is_no_statement_is_refused(tmp_path: Path, statement: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"arch/new/arch.h.*{why}"):
        read_instruction_sets(folder(tmp_path, f"{NEW}{statement}\n#endif\n"))


@pytest.mark.parametrize(
    "start",
    [
        "",
        "#if defined(__NEW__)\n#define EDGEQ_INSTRUCTION_SET\n",
        NEW.splitlines()[0] + "\n",
        NEW.replace(" && defined(__NEW__)", ""),
    ],
)
def test_statements_of_no_condition_are_refused(tmp_path: Path, start: str) -> None:
    with pytest.raises(ValueError, match=r"arch/new/arch\.h has no #if !defined"):
        read_instruction_sets(folder(tmp_path, f"{start}#define EDGEQ_LANES 8\n"))


def test_a_condition_may_take_two_lines(tmp_path: Path) -> None:
    two = NEW.replace("&& ", "&& \\\n    ")
    new, _ = read_instruction_sets(folder(tmp_path, f"{two}#define EDGEQ_LANES 8\n#endif\n"))
    assert new.numbers == {"LANES": (8,)}


def test_an_instruction_set_takes_what_it_does_not_state_from_the_portable_one() -> None:
    by_name = {one.name: one for one in instruction_sets()}
    assert most("TILE_GROUP_BYTES", by_name["helium"]) == 16
    assert most("TILE_GROUP_BYTES", by_name["thumb2"]) == 32
    assert (smallest("3X3_SHIFT"), largest("CHANNEL_TAP_BYTES")) == (8, 2)
    assert values("WHOLE_TAPS") == (4, 16)


def test_every_file_of_a_piece_is_found_once() -> None:
    files = piece_files("SATURATE")
    assert len(files) == 2
    assert set(files) == {"arch/thumb2/saturate.h", "arch/portable/saturate.h"}
    with pytest.raises(KeyError):
        piece_files("NONE")


def test_every_file_below_arch_is_somebodys_piece_or_included_by_one() -> None:
    arch = native_folder() / "arch"
    files = {path.relative_to(arch.parent).as_posix() for path in arch.glob("*/*.h")}
    pieces = {
        file for one in instruction_sets() for stated in one.pieces.values() for file in stated
    }
    texts = "".join((native_folder() / file).read_text() for file in files | pieces)
    unused = {f for f in files - pieces if not f.endswith("/arch.h") and f'"{f}"' not in texts}
    assert unused == set()
    assert {path.name for path in arch.iterdir() if path.is_dir()} == {
        one.name for one in instruction_sets()
    }


def test_numbers_of_kernels_are_read_where_they_are_defined() -> None:
    assert kernel_number("elementwise/linear.h", "EDGEQ_LINEAR_SHIFT") == 21
    with pytest.raises(ValueError, match=r"elementwise/linear\.h does not define EDGEQ_SHIFT"):
        kernel_number("elementwise/linear.h", "EDGEQ_SHIFT")
