"""Writes the README's tables of operators, boards and targets from the code, between its markers.

python tools/readme_tables.py [--check]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from edgeq.boards import load_boards
from edgeq.ops import operator, supported
from edgeq.verify.targets import TARGETS

README = Path(__file__).resolve().parent.parent / "README.md"


def operators() -> str:
    """One row an operator: the types of its output, and what its module says it computes."""
    rows = ["| operator | output | what it computes |", "|---|---|---|"]
    for kind in sorted(supported()):
        module = operator(kind)
        pairs = module.TYPES.items() if isinstance(module.TYPES, Mapping) else module.TYPES
        types = sorted({dtype for _, outputs in pairs for dtype in outputs[0].split("|")})
        summary = (module.__doc__ or "").strip().splitlines()[0].partition(": ")[2]
        rows.append(f"| {kind} | {', '.join(types)} | {_cell(summary)} |")
    return "\n".join(rows)


def boards() -> str:
    """One row a board."""
    rows = ["| board | MCU | core | clock | flash | RAM | frameworks |", "|---|---|---|---|---|---|---|"]
    rows += [
        f"| `{b.name}` {b.title} | {b.mcu} | {b.core} | {b.clock_hz / 1e6:g} MHz | {b.flash_bytes // 1024:,} KiB |"
        f" {b.ram_bytes / 1024:,.0f} KiB | {', '.join(b.framework_names)} |"
        for b in load_boards()
    ]
    return "\n".join(rows)


def targets() -> str:
    """One row a target of verify."""
    rows = ["| target | runs in | compilers |", "|---|---|---|"]
    rows += [f"| `{t.name}` | {t.runner} | {', '.join(c.name for c in t.compilers)} |" for t in TARGETS]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return re.sub(r"\s*\((?:TFLite|TFLM|reference)[^)]*\)\.?$", "", text).rstrip(".").replace("|", "\\|")


TABLES: Mapping[str, Callable[[], str]] = {"operators": operators, "boards": boards, "targets": targets}


def render(text: str) -> str:
    """The README with every table between `<!-- name -->` and `<!-- /name -->` made anew."""
    for name, table in TABLES.items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda m, t=table: f"{m[1]}{t()}\n{m[2]}", text, flags=re.S
        )
    return text


def main() -> int:
    old = README.read_text()
    new = render(old)
    if "--check" in sys.argv:
        return 0 if old == new else 1
    README.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
