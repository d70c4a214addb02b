"""edgeq beside other engines for the same int8 models on a Cortex-M4: RAM, flash, instructions, cycles
on the Nucleo-L4R5ZI, and whether the bytes are TFLM's.

    python benchmarks/peers.py [--helia PROGRAM] MODEL.tflite [MODEL.tflite ...] > table.md

Computed here: edgeq by every installed compiler, of which the one with fewer cycles is shown, its bytes
compared with those of TFLM from PyPI; heliaAOT's memory plan where its program is given
(`pip install helia-aot`, in an environment of its own). Its licence lets what it generates run on
Ambiq's chips alone, so its instructions are not counted. The other figures are published ones of
benchmarks/peers.json and edgeq/verify/baselines.json, with their sources.

TVM from PyPI (0.27) has neither Relay nor microTVM any more, and emlearn (0.23) takes dense networks in float
alone, so neither is run.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from edgeq.cleanup import cleaned
from edgeq.codegen.model_hash import model_hash
from edgeq.graph import read_tflite
from edgeq.simulate.execute import random_inputs
from edgeq.simulate.simulate import simulate
from edgeq.verify.bench import bench
from edgeq.verify.bench_result import BenchRow

BOARD = "nucleo-l4r5zi"
PLATFORM = "apollo4p_evb"  # heliaAOT's of a Cortex-M4 with DSP
SAMPLES = 16  # random inputs of which every tensor is compared
HEADERS = ("model", "engine", "RAM", "flash", "instructions", "cycles", "cycles are", "bytes")
TFLM = {
    "reference": ("TFLM, reference", "its own"),
    "cmsis-nn": ("TFLM, CMSIS-NN", "those of its reference kernels"),
}
PUBLISHED = Path(__file__).parent / "peers.json"


@dataclass(frozen=True)
class Peer:
    """An engine's row: bytes, counts of an inference; None where nobody measured it.

    where: `computed` by rules of the core, or on `hardware`. exact: what is known of its bytes.
    """

    engine: str
    ram: int | None = None
    flash: int | None = None
    instructions: int | None = None
    cycles: int | None = None
    where: str = ""
    exact: str = ""


def peers(model: Path, helia: str | None = None) -> list[Peer]:
    """All engines for a model, those first that are run here."""
    ran = [row for row in bench(model, boards=(BOARD,)).targets if row.result.status == "ok"]
    best = min(ran, key=lambda row: row.result.cycles_per_inference or 0)
    rows = {row.engine: row for row in (edgeq_row(model, best), *tflm_rows(model, best))}
    if helia is not None:
        rows["heliaAOT"] = helia_row(model, helia)
    published = json.loads(PUBLISHED.read_text())["models"].get(_hash(model), {})
    for engine, known in published.items():
        row = rows.get(engine, Peer(engine))
        where = "hardware" if "cycles" in known else row.where
        rows[engine] = replace(row, **known, where=where)
    return list(rows.values())


def edgeq_row(model: Path, row: BenchRow) -> Peer:
    """edgeq as it ran: its C compared with its simulator, and that with TFLM."""
    result = row.result
    return Peer(
        f"edgeq, {row.compiler}",
        result.ram_bytes,
        row.flash_bytes,
        result.instructions_per_inference,
        result.cycles_per_inference,
        "computed",
        exactness(model),
    )


def exactness(model: Path) -> str:
    """How many bytes of all tensors differ between edgeq and TFLM's interpreter, on random inputs."""
    read = read_tflite(model)
    inputs = random_inputs(cleaned(read).main, SAMPLES, 0)
    (found,) = simulate(read, inputs=inputs, oracles=["tflm"]).oracles.values()
    if found.status != "ok":
        return f"{found.status}: {found.reason}"
    return f"{found.bytes_different:,} of {found.bytes_compared:,} differ from TFLM's"


def tflm_rows(model: Path, row: BenchRow) -> Iterator[Peer]:
    """TFLM with its reference kernels and with CMSIS-NN, as `bench` knows them."""
    known = {baseline.kernels: baseline for baseline in row.baselines}
    for kernels, (title, exact) in TFLM.items():
        if kernels in known:
            of = known[kernels]
            flash = of.code_bytes and of.code_bytes + model.stat().st_size
            yield Peer(title, of.arena_bytes, flash, of.instructions, exact=exact)


def helia_row(model: Path, program: str) -> Peer:
    """heliaAOT's plan: its arena and its constants; code comes from a library and is not counted."""
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "convert", "--model.path", str(model), "--platform.name", PLATFORM]
        subprocess.run(
            [*command, "--module.path", folder, "--force"], check=True, capture_output=True
        )
        (header,) = Path(folder).rglob("*_tensors.h")
        arenas = re.findall(r"#define aot_arena_(?!const_)\w+_size\s+(\d+)", header.read_text())
        (report,) = Path(folder).rglob("*_report.json")
        placed = json.loads(report.read_text())["constant_placement"]
    constants = placed["constant_bytes_in_tcm"] + sum(placed["constant_bytes_outside_tcm"].values())
    return Peer("heliaAOT", sum(map(int, arenas)), constants, exact="not run")


def _hash(model: Path) -> str:
    return model_hash(cleaned(read_tflite(model)))


def line(model: str, row: Peer) -> str:
    """A row of the table."""
    numbers = (row.ram, row.flash, row.instructions, row.cycles)
    cells = ["-" if value is None else f"{value:,}" for value in numbers]
    return f"| {' | '.join([model, row.engine, *cells, row.where or '-', row.exact or '-'])} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--helia", help="the program helia-aot")
    options = parser.parse_args()
    print(f"| {' | '.join(HEADERS)} |\n| {' | '.join('---' for _ in HEADERS)} |")
    for model in options.models:
        for row in peers(model, options.helia):
            print(line(model.stem, row), flush=True)


if __name__ == "__main__":
    main()
