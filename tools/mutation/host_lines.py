"""The lines of C that a compiler of this machine compiles: `#if` leaves out those of other cores'
instructions.
"""

from __future__ import annotations

import re
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

MARKER = re.compile(r'# (\d+) "([^"]*)"')  # GCC, before it goes on with a line of a file
OPTIONS = ((), ("-DEDGEQ_OPTIMIZE_SIZE",), ("-DEDGEQ_SMALL_EXTENTS",), ("-DEDGEQ_WIDE_EXTENTS",))
"""What the generated code may define before its kernels, one at a time."""
NATIVE = Path(__file__).resolve().parents[2] / "firmware_templates" / "native"


def include_root(path: Path) -> Path:
    """The folder that a C file's includes are relative to."""
    return NATIVE if NATIVE in path.parents else path.parent


@cache
def host_lines(folder: Path) -> dict[Path, set[int]]:
    """Header or source below a folder -> its lines, from 1, that are compiled for one of the folder's
    sources or more.

    Sources that include generated headers count up to the first that is missing.
    """
    found = defaultdict[Path, set[int]](set)
    for source in sorted(folder.rglob("*.c")):
        for defined in OPTIONS:
            options = ["-std=c99", "-O2", "-E", "-fdirectives-only", f"-I{folder}", *defined]
            command = ["gcc", *options, str(source)]
            said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
            path, line = source, 0
            for text in said.splitlines():
                if marker := MARKER.match(text):
                    path, line = Path(marker[2]), int(marker[1])
                    continue
                if text and folder in path.parents:
                    found[path].add(line)
                line += 1
    return found
