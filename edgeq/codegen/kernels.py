"""The kernels of a program as one text of C, each file once, with what it includes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from edgeq.codegen.affine_inputs import front_calls
from edgeq.errors import EdgeqError, shown
from edgeq.files import read_bytes
from edgeq.opkit.contract import KernelCall
from edgeq.plan import Program
from edgeq.resources import resource_folder

MAX_KERNEL_BYTES = 1 << 20  # of a file that stands in for one of edgeq's


def kernels_source(program: Program, replacements: Path | None = None) -> str:
    """The kernels that the program calls and the headers that they include, each once, in one text.

    replacements: a folder whose files stand in for edgeq's of the same name; at least one must be used.
    """
    folder, seen = resource_folder("firmware_templates") / "native", set[str]()
    mine = {path.name: path for path in replacements.glob("*.[ch]")} if replacements is not None else {}

    def expand(name: str) -> Iterator[str]:
        if name in seen:
            return
        seen.add(name)
        text = _replacement(mine[name]) if name in mine else (folder / name).read_text()
        yield from _line_of(name, 1)
        for number, line in enumerate(text.splitlines(), 1):
            local = re.fullmatch(r'#include "([a-z0-9_]+\.[ch])"', line)
            yield from (*expand(local[1]), *_line_of(name, number + 1)) if local else [line]
        yield ""

    def _line_of(name: str, number: int) -> Iterator[str]:
        if mine:  # so that a compiler's errors name the file
            yield f'#line {number} "{name}"'

    calls = [(s.call.source, s.node.kind) for s in program.steps if isinstance(s.call, KernelCall)]
    sources = sorted({source or kind.lower() for source, kind in calls} | {c.source for _, c in front_calls(program)})
    lines = [line for source in sources for line in expand(f"{source}.c")]
    if replacements is not None and not replacements.is_dir():
        raise EdgeqError(f"--kernels {replacements}", "there is no such folder", "give a folder of C files")
    if replacements is not None and not seen & set(mine):
        why = f"it has none of the files that the model uses: {', '.join(sorted(seen))}"
        raise EdgeqError(f"--kernels {shown(replacements)}", why, "give a folder with kernels named like edgeq's")
    return "\n".join(lines) if lines else "\n".join(expand("edgeq_native.h"))


def _replacement(path: Path) -> str:
    try:
        return read_bytes(path, "kernel", MAX_KERNEL_BYTES).decode()
    except UnicodeDecodeError as error:
        raise EdgeqError(f"kernel {path}", f"it is no text: {error}", "save it as UTF-8") from error
