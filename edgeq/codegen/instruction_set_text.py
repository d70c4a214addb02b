"""Pieces of C that instruction sets have of their own, as one text that serves every core.

In the files of `native/` a piece is included by the name that `arch/*/arch.h` give it, which the
preprocessor expands to a file. The generated text has no files to include: there a name stands for
a number, and every instruction set's text stands behind its condition:

    #define EDGEQ_GEMM_TILE 2 /* arch/arm_dsp/gemm_tile.h */

    #if EDGEQ_GEMM_TILE == 1 /* arch/helium/gemm_tile.h */
    ...
    #elif EDGEQ_GEMM_TILE == 2 /* arch/arm_dsp/gemm_tile.h */
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from edgeq.opkit.instruction_sets import CHOSEN, LISTED, piece_files

CHOICE = "arch/arch.h"
"""The file that chooses the instruction set."""
INCLUDE = re.compile(r"#\s*include EDGEQ_(\w+)")
PIECE = re.compile(r'#define EDGEQ_(\w+) "(arch/\w+/\w+\.h)"')
DEFINED = re.compile(r"#\s*define (EDGEQ_\w+)")
NAME = re.compile(r"\bEDGEQ_\w+")


def included_piece(line: str) -> str:
    """The piece that a line includes, without `EDGEQ_`; empty where it includes none."""
    found = INCLUDE.fullmatch(line)
    return found[1] if found else ""


def alternatives(piece: str) -> Iterator[tuple[str, str]]:
    """(line of the preprocessor, file behind it) for each file of a piece, then the line that ends
    them; of one file alone that file without a condition.
    """
    files = piece_files(piece)
    if len(files) == 1:
        yield "", files[0]
        return
    for number, file in enumerate(files, 1):
        word = "elif" if number > 1 else "if"
        yield f"#{word} EDGEQ_{piece} == {number} /* {file} */", file
    yield "#endif", ""


def choice_lines(text_of: Callable[[str], str], rest: Iterable[str]) -> Iterator[str]:
    """`arch/arch.h` with the statements of all instruction sets that the rest of a text uses.

    text_of: name of a file -> its text; rest: the lines of the text.
    """
    used = {CHOSEN, *(name for line in rest for name in NAME.findall(line))}
    for line in text_of(CHOICE).splitlines():
        listed = LISTED.fullmatch(line)
        if listed is None:
            yield line
            continue
        for paragraph in text_of(f"arch/{listed[1]}/arch.h").strip().split("\n\n"):
            defined = set(DEFINED.findall(paragraph))
            if not defined or defined & used:
                yield from (PIECE.sub(_numbered, part) for part in paragraph.splitlines())
                yield ""


def _numbered(statement: re.Match[str]) -> str:
    files = piece_files(statement[1])
    return f"#define EDGEQ_{statement[1]} {1 + files.index(statement[2])} /* {statement[2]} */"
