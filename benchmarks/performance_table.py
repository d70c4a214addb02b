"""The table of docs/performance.md: instructions, code, constants, arena and stack of models on
emulated cores.

    python benchmarks/performance_table.py MODEL.tflite [MODEL.tflite ...] > table.md

One row for each model and target, by the compiler that needs fewer instructions; TFLM's figures
beside it where edgeq knows them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from edgeq.verify.bench import bench
from edgeq.verify.bench_result import BenchRow

HEADERS = (
    "model",
    "target",
    "compiler",
    "instructions",
    "of TFLM reference",
    "of TFLM CMSIS-NN",
    "code",
    "constants",
    "arena",
    "TFLM arena",
    "stack",
)


def rows(model: Path, targets: Sequence[str] = ("all",)) -> list[list[str]]:
    """The rows that a model has in the table, one a target; targets whose memory it does not fit are
    left out.
    """
    best: dict[str, BenchRow] = {}
    for row in bench(model, targets=targets).targets:
        counted = row.result.instructions_per_inference
        if row.result.status != "ok" or counted is None:
            continue
        known = best.get(row.result.name)
        if known is None or counted < (known.result.instructions_per_inference or 0):
            best[row.result.name] = row
    return [_cells(model.stem, row) for row in best.values()]


def _cells(name: str, row: BenchRow) -> list[str]:
    r, ratios = row.result, {b.kernels: b for b in row.baselines}
    compared = [
        f"{ratios[k].ratio:.3f}" if k in ratios and ratios[k].ratio else "-"
        for k in ("reference", "cmsis-nn")
    ]
    arenas = [b.arena_bytes for b in row.baselines if b.arena_bytes]
    return [
        name,
        r.name,
        row.compiler or "-",
        _number(r.instructions_per_inference),
        *compared,
        _number(r.code_bytes),
        _number(r.model_bytes),
        _number(r.arena_bytes),
        _number(min(arenas, default=None)),
        _number(r.stack_bytes),
    ]


def _number(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path, nargs="+")
    print("|", " | ".join(HEADERS), "|")
    print("|", " | ".join("---" for _ in HEADERS), "|")
    for model in parser.parse_args().models:
        for cells in rows(model):
            print("|", " | ".join(cells), "|")


if __name__ == "__main__":
    main()
