"""How long an inference takes on a board, from how much to how much, and what that rests on.

Four kinds, the best that a core allows: cycles by the rules of a core whose timing is public; by a model of
its pipeline, where only some of them are; instructions, which an emulator counts, times a range of cycles for
each; or an estimate for each multiply-accumulate where nothing executes the core here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from edgeq.boards import Board, flash_basis
from edgeq.codegen.native import NativeEngine
from edgeq.cycles import CORES, FLASH_CAUSES, Core
from edgeq.verify.result import TargetResult

Rests = Literal["cycles", "pipeline", "counted", "estimate"]


@dataclass(frozen=True)
class Latency:
    """Milliseconds of an inference, from low to high.

    rests: `cycles` by the public rules of the core or by a simulator that has them, by a model of its
    `pipeline` where only some of them are public, instructions `counted` times a range of cycles for
    each, or an `estimate` for each multiply-accumulate.
    basis: that in a sentence with its figures.
    """

    middle: float
    low: float
    high: float
    rests: Rests
    basis: str


@dataclass(frozen=True)
class Range:
    """A figure with its least and its most. source: where they come from."""

    middle: float
    low: float
    high: float
    source: str


CYCLES_PER_INSTRUCTION: Mapping[str, Range] = {
    "cortex-m7": Range(
        1.0,
        0.7,
        1.6,
        "ST's cycles of the MLPerf Tiny models on M4 and M7 are as 1.6 to 1.7",
    ),
    "cortex-m33": Range(
        1.4,
        1.1,
        2.0,
        "best cycles of the MLPerf Tiny models on M33 are 0.83 to 0.9 of those on M4",
    ),
    "cortex-m55": Range(
        1.7, 1.0, 2.5, "a vector instruction takes two cycles, loads beside it none"
    ),
    "cortex-m85": Range(
        1.0,
        0.8,
        1.6,
        "Renesas's cycles of the MLPerf Tiny models are 0.85 to 1.0 of CMSIS-NN's instructions on M55",
    ),
    "rv32imc": Range(1.5, 1.1, 2.2, "cores of this kind issue one instruction at a time, in order"),
}
"""By a board's core, or by the target that executes in its place: cycles of one instruction."""

CYCLES_PER_MAC: Mapping[str, Range] = {
    **dict.fromkeys(
        ("xtensa-lx6", "xtensa-lx7", "xtensa-lx7-scalar"),
        Range(
            7.0,
            3.5,
            15.0,
            "TFLM with esp-nn was published at 12.7 to 14.7 on ESP32; this C needs 6 to 8 instructions "
            "on an LX106",
        ),
    ),
    "cortex-m0": Range(5.0, 3.5, 12.0, "this C on the MLPerf Tiny models, and Bosch's 7.8 to 12.1"),
    "cortex-m4": Range(2.1, 1.5, 4.5, "this C on the MLPerf Tiny models"),
    "cortex-m7": Range(1.3, 0.9, 3.0, "best published on the MLPerf Tiny models: 0.9 to 1.2"),
    "cortex-m33": Range(1.8, 1.3, 4.0, "best published on the MLPerf Tiny models: 1.3 to 1.9"),
    "cortex-m55": Range(0.7, 0.3, 1.5, "this C's instructions on the MLPerf Tiny models"),
    "cortex-m85": Range(0.5, 0.25, 1.2, "Renesas on the MLPerf Tiny models: 0.33 to 0.97"),
    "rv32imc": Range(
        4.5, 3.0, 10.0, "this C's instructions on the MLPerf Tiny models; esp-nn 3.7 to 9.5"
    ),
    "avr-atmega2560": Range(25.0, 12.0, 60.0, "8-bit multiplications into sums of 32 bits"),
}
"""By a board's core, or by the target that executes in its place: cycles of one multiply-accumulate."""

SIMAVR = Range(1, 0.98, 1.02, "simavr has the cycles of every instruction")
UNKNOWN_FLASH = 1.6
"""The most that flash inside of the chip, whose timing is not on file, multiplies the cycles by."""
SERIAL_BYTES_PER_SECOND = 5e6
"""The slowest read of constants from external flash: 276,976 bytes of weights in 49.3 ms on an ESP32,
mcufit-bench's AD model.
"""


SOFTWARE_FLOATS = frozenset({"cortex-m4", "cortex-m7", "cortex-m33", "rv32imc"})
"""Targets whose code computes floats by software, though boards with such a core may have a unit for them."""
FLOAT_UNIT = 20.0
"""How many times faster a unit computes floats at most: an addition by software takes 30 to 60
instructions, by the unit 1 to 3.
"""


@dataclass(frozen=True)
class Work:
    """What an inference computes. floats: whether layers with weights compute real numbers."""

    macs: int
    model_bytes: int
    floats: bool = False


def work_of(engine: NativeEngine) -> Work:
    """What the engine's layers compute; floats where one with multiply-accumulates writes them."""
    counts = [(step, step.macs or 0) for step in engine.program.steps]
    tensors = engine.program.graph.tensors
    floats = any(
        macs and tensors[t].dtype == "float32" for step, macs in counts for t in step.writes
    )
    return Work(sum(macs for _, macs in counts), engine.model_bytes, floats)


def latency_fields(latency: Latency | None) -> dict[str, Any]:
    """A board's milliseconds as `--json` prints them. latency: None where they are not known."""
    if latency is None:
        unknown = dict.fromkeys(("latency_ms", "low_ms", "high_ms", "rests"))
        return {**unknown, "basis": "not known"}
    return {
        "latency_ms": latency.middle,
        "low_ms": latency.low,
        "high_ms": latency.high,
        "rests": latency.rests,
        "basis": latency.basis,
    }


def board_latency(board: Board, measured: TargetResult | None, work: Work) -> Latency | None:
    """The best that is known: from a run on the target that stands for the board, else by
    multiply-accumulates.

    measured: None where nothing executes the board's core here.
    Gives None for a model without multiply-accumulates where only those would tell.
    """
    found = _best(board, measured, work)
    if found is None or board.flash_timing is not None or not board.external_flash:
        return found
    reading = 1e3 * work.model_bytes / SERIAL_BYTES_PER_SECOND
    basis = f"{found.basis}; at most {reading:.1f} ms more for constants in external flash"
    return replace(found, high=found.high + reading, basis=basis)


def _best(board: Board, measured: TargetResult | None, work: Work) -> Latency | None:
    found = None if measured is None else _from_run(board, measured)
    if found is None or measured is None:
        return _from_macs(board, work.macs)
    if not (work.floats and board.fpu and measured.name in SOFTWARE_FLOATS):
        return found
    basis = (
        f"{found.basis}; floats by software, up to {FLOAT_UNIT:g} times faster by the board's unit"
    )
    return replace(found, low=found.low / FLOAT_UNIT, basis=basis)


def _from_run(board: Board, run: TargetResult) -> Latency | None:
    rules, cycles = CORES.get(board.core), run.cycles_per_inference
    if cycles is not None and run.timed_as is None:
        return _scaled(board, cycles, SIMAVR, "cycles", f"{cycles:,} cycles counted by simavr")
    if cycles is not None and rules is not None and run.timed_as == rules.name:
        return _from_cycles(board, run, cycles, rules)
    each = _row(CYCLES_PER_INSTRUCTION, board)
    if each is None or run.instructions_per_inference is None:
        return None
    count = run.instructions_per_inference
    basis = (
        f"{count:,} instructions counted on {run.name}, {each.low:g} to {each.high:g} cycles each "
        f"({each.source})"
    )
    return _scaled(board, count, each, "counted", basis)


def _from_cycles(board: Board, run: TargetResult, cycles: int, rules: Core) -> Latency:
    waits = sum(run.cycle_causes.get(cause, 0) for cause in FLASH_CAUSES)
    flash = board.flash_timing
    middle = cycles if flash is not None else cycles - waits
    doubt = waits if flash is not None and flash.basis == "estimate" else 0
    low = (1 - (run.fewer_cycles + doubt) / middle) * (1 - rules.error)
    most = UNKNOWN_FLASH if flash is None else 1 + rules.error
    high = (1 + (run.more_cycles + doubt) / middle) * most
    basis = f"{middle:,} cycles by the rules of {rules.name}, {flash_basis(flash)}"
    if doubt:
        basis += f" (none to twice of {waits:,})"
    if rules.estimated:
        basis += (
            f"; {middle - run.fewer_cycles:,} to {middle + run.more_cycles:,}: {rules.estimated}"
        )
    rests: Rests = "pipeline" if rules.estimated else "cycles"
    return _scaled(board, middle, Range(1, low, high, ""), rests, basis)


def _from_macs(board: Board, macs: int) -> Latency | None:
    each = _row(CYCLES_PER_MAC, board)
    if each is None or not macs:
        return None
    basis = (
        f"estimate: {each.middle:g} cycles for each multiply-accumulate, {each.low:g} to "
        f"{each.high:g} ({each.source})"
    )
    return _scaled(board, macs, each, "estimate", basis)


def _row(table: Mapping[str, Range], board: Board) -> Range | None:
    return table.get(board.core) or table.get(board.emulated or "")


def _scaled(board: Board, count: int, each: Range, rests: Rests, basis: str) -> Latency:
    """`count` things of so many cycles each, at the board's clock."""
    per_ms = board.clock_hz / 1e3
    middle, low, high = (count * cycles / per_ms for cycles in (each.middle, each.low, each.high))
    return Latency(middle, low, high, rests, basis)
