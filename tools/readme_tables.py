"""Writes the tables of documents that are made from the code, between their markers.

python tools/readme_tables.py [--check]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from edgeq.boards import Board, load_boards
from edgeq.fit.figures import MARKS
from edgeq.frameworks import FRAMEWORKS, load_layout
from edgeq.graph import Op
from edgeq.graph.schema import enum_names
from edgeq.opkit.variants import Kernel, Variant
from edgeq.opkit.weight_storage import Storage
from edgeq.ops import kernels as operator_kernels
from edgeq.ops import operator, supported
from edgeq.sensors import SENSORS, frameworks_for, load_sensor
from edgeq.unsupported import CUSTOM_ADVICE, advice_on
from edgeq.verify.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent


def operators() -> str:
    """The table of operators: the types of the output, and the first sentence of the module."""
    rows = ["| operator | output | what it computes |", "|---|---|---|"]
    for kind in sorted(supported()):
        known = operator(kind)
        types = sorted({t for outputs in known.types.values() for t in outputs[0].split("|")})
        summary = " ".join(known.summary.split()).partition(": ")[2]
        rows.append(f"| {kind} | {', '.join(types)} | {_cell(summary)} |")
    return "\n".join(rows)


def boards() -> str:
    """The table of boards: MCU, core, clock, memory, waits for flash, run current and frameworks of each."""
    rows = [
        "| board | MCU | core | clock | flash | waits for it | RAM | run current | frameworks |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| `{b.name}` {b.title} | {b.mcu} | {b.core} | {b.clock_hz / 1e6:g} MHz | {b.flash_bytes // 1024:,} KiB |"
        f" {_waits(b)} | {b.ram_bytes / 1024:,.0f} KiB | {_run_current(b)} | {', '.join(b.framework_names)} |"
        for b in load_boards()
    ]
    return "\n".join(rows)


def _waits(board: Board) -> str:
    """Cycles for the bytes that a read of flash gives, with the mark of what they rest on."""
    flash = board.flash_timing
    if flash is None:
        return "not on file"
    mark = "~" if flash.basis == "estimate" else ""
    return (
        f"{mark}{flash.sector_cycles} for {flash.sector_bytes} bytes"
        if flash.sector_cycles
        else "none"
    )


def _run_current(board: Board) -> str:
    """Milliamperes at volts, with the mark of what they rest on."""
    current = board.run_current
    if current is None:
        return "not on file"
    return f"{MARKS.get(current.basis, '')}{current.milliamperes:g} mA at {current.volts:g} V"


def frameworks() -> str:
    """The table of frameworks: the project, where the engine's sources lie, and what its user edits."""
    rows = ["| framework | project | sources of the engine | yours |", "|---|---|---|---|"]
    for name in FRAMEWORKS:
        layout = load_layout(name)
        yours = ", ".join(f"`{path.format(prefix='NAME')}`" for path in layout.yours)
        sources = layout.sources.format(prefix="NAME") or "."
        rows.append(f"| `{name}` | {layout.title} | `{sources}` | {yours} |")
    return "\n".join(rows)


def sensors() -> str:
    """The table of sensors: what each yields, and with which frameworks and on which boards."""
    rows = [
        "| sensor | what it is | yields | units | time steps a second | frameworks | boards |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in SENSORS:
        s = load_sensor(name)
        able = ", ".join(f"`{name}`" for name in frameworks_for(s))
        boards = ", ".join(f"`{board}`" for board in s.boards) or "any"
        rate = f"{s.rate_hz:g}, at most {s.fastest_hz:g}" if s.time_steps else "as they are read"
        rows.append(
            f"| `{name}` | {s.title} | {s.yields} | {s.units} | {rate} | {able} | {boards} |"
        )
    return "\n".join(rows)


def needs() -> str:
    """The table of what a program needs to read a sensor."""
    rows = ["| sensor | program | takes | wiring and set-up |", "|---|---|---|---|"]
    for name in SENSORS:
        for program, need in load_sensor(name).code.items():
            taken = [*need.libraries, *need.requires, *need.components, *need.link, *need.config]
            listed = ", ".join(f"`{one}`" for one in taken)
            rows.append(f"| `{name}` | `{program}` | {listed} | {need.note} |")
    return "\n".join(rows)


def boards_by_vendor() -> str:
    """The table of vendors and the names of their boards."""
    named: dict[str, list[str]] = {}
    for b in load_boards():
        named.setdefault(b.vendor, []).append(f"`{b.name}`")
    rows = [f"| {vendor} | {', '.join(named[vendor])} |" for vendor in sorted(named)]
    return "\n".join(["| vendor | boards |", "|---|---|", *rows])


def targets() -> str:
    """The table of targets of `verify`: what each runs in, and its compilers."""
    rows = ["| target | runs in | compilers |", "|---|---|---|"]
    rows += [
        f"| `{t.name}` | {t.runner} | {', '.join(c.name for c in t.compilers)} |" for t in TARGETS
    ]
    return "\n".join(rows)


def _cell(text: str) -> str:
    return (
        re.sub(r"\s*\((?:TFLite|TFLM|reference)[^)]*\)\.?$", "", text)
        .rstrip(".")
        .replace("|", "\\|")
    )


def kernels() -> str:
    """One row a kernel and the variants that it serves, those that differ in storage together."""
    rows = [
        "| operator | algorithm | activations | weights | in flash | calls for | function | layout of the weights |",
        "|---|---|---|---|---|---|---|---|",
    ]
    forms: dict[tuple[Variant, Kernel], list[str]] = {}
    for variant, kernel in operator_kernels().items():
        key = replace(variant, storage=Storage.PLAIN), kernel
        forms.setdefault(key, []).append(variant.storage.value)
    for (v, kernel), storages in forms.items():
        calls = "rows" if v.by_rows else "all"
        rows.append(
            f"| {v.operator} | {v.algorithm} | {v.activations} | {v.weights} | {', '.join(storages)} | {calls} |"
            f" `{kernel.function}` | {kernel.layout.words} |"
        )
    return "\n".join(rows)


def operator_types() -> str:
    """One row for each operator: its type rules, with T for the output's type, and versions."""
    rows = ["| operator | versions | types | what it computes |", "|---|---|---|---|"]
    for kind in sorted(supported()):
        known = operator(kind)
        patterns: dict[str, list[str]] = {}
        for given, made in known.types.items():
            kinds = made[0].split("|")
            one = kinds[0] if len({*made}) == 1 and len(kinds) == 1 and kinds[0] in given else ""
            shown = [" | ".join("T" if d == one else d.replace("|", " or ") for d in ds)
                     for ds in (given, made)]  # fmt: skip
            text = " → ".join(part.replace(" | ", ", ") for part in shown)
            text = re.sub(r"^(T, ){3,}T", "T, ..., T", text)
            ones = patterns.setdefault(text, [])
            ones += [] if one in ones else [one]
        types = [
            f"{text}, T {' or '.join(ones)}" if any(ones) else text
            for text, ones in patterns.items()
        ]
        summary = " ".join(known.summary.split()).partition(": ")[2]
        newest = known.newest_version
        versions = "1" if newest == 1 else f"1 to {newest}"
        rows.append(f"| {kind} | {versions} | {'; '.join(types) or 'any'} | {_cell(summary)} |")
    return "\n".join(rows)


def refused_operators() -> str:
    """One row for each operator of TFLite's schema that edgeq does not compute, by its advice, then
    those for custom operators by their names in files.
    """
    rows = ["| operator | comes from | instead |", "|---|---|---|"]
    kinds = {*enum_names("BuiltinOperator").values()} - supported() - WITHOUT_MEANING
    for kind in sorted(kind for kind in kinds if not kind.startswith("STABLEHLO")):
        advice = advice_on(Op(kind, (), ()))
        rows.append(f"| {kind} | {_cell(advice.layers)} | {_cell(advice.instead)} |")
    for name, advice in CUSTOM_ADVICE.items():
        rows.append(f"| custom, {name} | {_cell(advice.layers)} | {_cell(advice.instead)} |")
    return "\n".join(rows)


WITHOUT_MEANING = frozenset({"CUSTOM", "DELEGATE", "PLACEHOLDER_FOR_GREATER_OP_CODES"})
"""Entries of the schema's list of operators that name none."""

TABLES: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    ROOT / "README.md": {"operators": operators, "boards": boards_by_vendor, "targets": targets},
    ROOT / "docs" / "boards.md": {"boards": boards},
    ROOT / "docs" / "projects.md": {"frameworks": frameworks},
    ROOT / "docs" / "sensors.md": {"sensors": sensors, "needs": needs},
    ROOT / "docs" / "operators.md": {"types": operator_types, "refused": refused_operators},
    ROOT / "docs" / "kernels.md": {"kernels": kernels},
}
"""Document -> the names of its markers and the tables between them."""


def render(text: str, tables: Mapping[str, Callable[[], str]]) -> str:
    """A document with every table between `<!-- name -->` and `<!-- /name -->` made anew."""
    for name, table in tables.items():
        text = re.sub(
            rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)",
            lambda m, t=table: f"{m[1]}{t()}\n{m[2]}",
            text,
            flags=re.S,
        )
    return text


def main() -> int:
    made = {path: render(path.read_text(), tables) for path, tables in TABLES.items()}
    stale = [path for path, text in made.items() if path.read_text() != text]
    if "--check" in sys.argv:
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
