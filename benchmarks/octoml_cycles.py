"""Cycles by the rules against those that OctoML measured with its C for MLPerf Tiny 1.0: docs/cycles.md.

python benchmarks/octoml_cycles.py TINY_RESULTS CMSIS_NN

TINY_RESULTS: a clone of https://github.com/mlcommons/tiny_results_v1.0. CMSIS_NN: one of
https://github.com/ARM-software/CMSIS-NN at a commit of June 2022, when that C was made. Needs
arm-none-eabi-gcc and `pip install edgeq[emulate]`. The second inference counts, on zeros. Models that compute
with floats are left out, AD and the KWS of microTVM alone: those boards have a unit for them, the code here none.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeq.boards import find_board
from edgeq.cycles import FLASH_CAUSES
from edgeq.verify.elf import parse_elf
from edgeq.verify.image import Image
from edgeq.verify.machine import UnicornMachine
from edgeq.verify.targets import find_target
from edgeq.verify.timed import timed_by

HARNESS = Path(__file__).parent / "octoml"
FLAGS = ("-O2", "-mthumb", "-mfloat-abi=soft", "-ffunction-sections", "-fdata-sections", "-w")
LINK = ("-nostartfiles", "-Wl,--gc-sections", "--specs=nosys.specs", "-lm")
MEDIAN = re.compile(r"Median throughput is\s+([0-9.]+) inf")


@dataclass(frozen=True)
class Submission:
    """kernels: its folder. code, results: the folder of the board in each of the two trees. models: those
    without floats.
    """

    board: str
    kernels: str
    code: str
    results: str
    models: tuple[str, ...]


WITHOUT_AD = ("kws", "ic", "vww")
SUBMISSIONS = (
    Submission("nucleo-l4r5zi", "microtvm_native", "NUCLEO_L4R5ZI", "NUCLEO_L4R5ZI", ("ic", "vww")),
    Submission("nucleo-l4r5zi", "microtvm_cmsis_nn", "NUCLEO_L4R5ZI", "NUCLEO_L4R5ZI", WITHOUT_AD),
    Submission("nrf5340-dk", "microtvm_cmsis_nn", "NRF5340DK", "NRF5340-DK", WITHOUT_AD),
)


def build(code: Path, cmsis_nn: Path, cpu: str, folder: Path) -> Image:
    """The model's C, linked for a bare core."""
    includes = [HARNESS, cmsis_nn / "Include", code / "include", code / "crt/include"]
    includes.append(code / "crt_config")
    sources = [HARNESS / "main.c", *sorted((code / "model/codegen/host/src").glob("*.c"))]
    sources += sorted((cmsis_nn / "Source").rglob("*.c"))
    command = ["arm-none-eabi-gcc", f"-mcpu={cpu}", *FLAGS, *(f"-I{path}" for path in includes)]
    program = folder / "image.elf"
    script = ["-T", str(HARNESS / "image.ld"), *LINK, "-o", str(program)]
    subprocess.run([*command, *map(str, sources), *script], check=True)
    data = program.read_bytes()
    return Image(parse_elf(data), data, "octoml", 0, 0)


def measured(results: Path, clock_hz: int) -> int | None:
    """Cycles of an inference, None where the log has no median."""
    found = MEDIAN.search(results.read_text(errors="replace"))
    return found and round(clock_hz / float(found[1]))


def row(tree: Path, cmsis_nn: Path, of: Submission, model: str) -> str:
    """A row of the table."""
    board = find_board(of.board)
    octoml = tree / "closed" / "OctoML"
    results = octoml / "results" / of.kernels / of.results / model / "performance" / "results.txt"
    target = find_target(board.emulated or "")
    with tempfile.TemporaryDirectory() as folder:
        code = octoml / "code" / of.kernels / of.code / model
        image = build(code, cmsis_nn, target.name, Path(folder))
    machine = UnicornMachine(target, image, timed=timed_by(board))
    function = machine.code_address(image.elf.symbol("edgeq_run"))
    for _ in range(2):
        machine.lap()
        if status := machine.call(function):
            raise ValueError(f"{code}: status {status}")
    spent = machine.lap()
    assert spent is not None
    cycles = spent.causes.total()
    flash = sum(spent.causes[cause] for cause in FLASH_CAUSES)
    published = measured(results, board.clock_hz)
    least, most = cycles - spent.fewer, cycles + spent.more
    figures = [published or 0, cycles - flash, cycles, least, most]
    ratio = f"{cycles / published:.3f}" if published else "-"
    cells = [of.board, of.kernels, model, *(f"{figure:,}" for figure in figures), ratio]
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tiny_results", type=Path)
    parser.add_argument("cmsis_nn", type=Path)
    options = parser.parse_args(arguments)
    print(
        "| board | kernels | model | measured | core alone | computed | least | most | computed / measured |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for submission in SUBMISSIONS:
        for model in submission.models:
            print(row(options.tiny_results, options.cmsis_nn, submission, model), flush=True)


if __name__ == "__main__":
    main()
