"""Cycles of an emulated core: caches, laps, and that watching changes no byte."""

from __future__ import annotations

import ctypes
from functools import lru_cache

import numpy as np
import pytest
from verify.graphs import small_model
from verify.tools import needed

from edgeq.boards import NO_WAITING, Cache, FlashTiming, find_board
from edgeq.codegen.native import render_native
from edgeq.cycles import CORES, FLASH_CAUSES
from edgeq.errors import EdgeqError
from edgeq.simulate.execute import random_inputs
from edgeq.verify.bench import bench
from edgeq.verify.emulated import Core
from edgeq.verify.emulated_run import Run
from edgeq.verify.image import Image, build_image
from edgeq.verify.memory import MICROCONTROLLER
from edgeq.verify.targets import find_target
from edgeq.verify.timed import Timed
from edgeq.verify.timing import Timing

FLASH = MICROCONTROLLER.flash
REGISTER = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
BLOCK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint32, ctypes.c_void_p)
ACCESS = ctypes.CFUNCTYPE(
    None,
    ctypes.c_void_p,
    ctypes.c_int,
    ctypes.c_uint64,
    ctypes.c_int,
    ctypes.c_int64,
    ctypes.c_void_p,
)
TWO = Cache(lines=2, line_bytes=32, ways=2)
TWO_LINES = FlashTiming(8, 5, "", code_cache=TWO, data_cache=TWO)


@REGISTER
def no_register(emulator: int, which: int, value: int) -> int:
    return 0


@pytest.fixture
def timing() -> Timing:
    """A core with caches of two lines, all of whose code is `nop`."""
    return Timing(
        Timed("cortex-m4", TWO_LINES),
        MICROCONTROLLER,
        b"",
        lambda address, size: b"\x00\xbf" * (size // 2),
        (no_register, no_register, 1),
    )


def run_block(timing: Timing, offset: int, size: int) -> None:
    BLOCK(timing.on_block.value)(None, FLASH + offset, size, timing.address)


def load(timing: Timing, address: int) -> None:
    ACCESS(timing.on_access.value)(None, 16, address, 4, 0, timing.address)


@pytest.mark.parametrize(
    ("offsets", "sectors"),
    [
        pytest.param((0, 4, 0), 1, id="a sector is read once"),
        pytest.param((0, 8, 24), 3, id="a line is filled sector by sector"),
        pytest.param((0, 32, 0, 32), 2, id="two lines are held"),
        pytest.param((0, 32, 64, 0), 4, id="the line used longest ago is dropped"),
        pytest.param((0, 32, 0, 64, 0), 3, id="used, not filled, longest ago"),
        pytest.param((0, 8, 32, 64, 8), 5, id="a dropped line loses all of its sectors"),
    ],
)
def test_loads_from_flash_wait_for_sectors_that_the_cache_lacks(
    timing: Timing, offsets: tuple[int, ...], sectors: int
) -> None:
    run_block(timing, 0, 2)
    for offset in offsets:
        load(timing, FLASH + offset)
    assert timing.lap().causes["flash, data"] == 5 * sectors


def test_loads_from_ram_do_not_wait(timing: Timing) -> None:
    run_block(timing, 0, 2)
    load(timing, MICROCONTROLLER.ram)
    assert timing.lap().causes["flash, data"] == 0


def test_fetching_a_block_reads_the_sectors_that_it_touches(timing: Timing) -> None:
    run_block(timing, 6, 4)  # two sectors of one line
    assert timing.lap().causes["flash, code"] == 10
    run_block(timing, 6, 4)
    assert timing.lap().causes == {"arithmetic": 2}


def test_a_load_counts_in_the_lap_in_which_it_happens(timing: Timing) -> None:
    run_block(timing, 0, 2)
    timing.lap()
    load(timing, FLASH + 256)
    assert timing.lap().causes == {"flash, data": 5}


LOOPS = bytes.fromhex(
    "3307d700e31ef7fe"  # add a4, a4, a3; bne a4, a5 to the add
    "3307d70001007df7"  # add a4, a4, a3; c.nop; c.bnez a4
    "3307d700010001a0"  # add a4, a4, a3; c.nop; c.j
)


@pytest.fixture
def hazard3() -> Timing:
    """A RISC-V core that remembers a branch: two loops one behind the other, and a jump."""
    return Timing(Timed("hazard3"), MICROCONTROLLER, LOOPS, lambda at, n: LOOPS[at - FLASH :][:n])


@pytest.mark.parametrize(
    ("blocks", "refills"),
    [
        pytest.param((0, 0, 0, 8), 2, id="the first time and the last"),
        pytest.param((0, 0, 8, 8, 8), 4 - 1, id="another branch takes its place"),
        pytest.param((0, 0, 8), 2, id="what is not taken is forgotten"),
        pytest.param((0, 8), 0, id="a branch that was never taken"),
        pytest.param((0, 0, 8, 16, 0, 0), 2 + 1 + 1, id="and is not foretold behind a jump back"),
        pytest.param((0, 16, 0, 16), 3, id="a branch forward is not remembered"),
        pytest.param((8, 8, 8), 1, id="a compressed branch is"),
    ],
)
def test_a_risc_v_core_foretells_the_branch_last_taken_backward(
    hazard3: Timing, blocks: tuple[int, ...], refills: int
) -> None:
    for offset in blocks:
        run_block(hazard3, offset, 8)
    last = 1  # how the last block is left is not known, and counts as taken
    assert hazard3.lap().causes["refill"] == refills + last


PAIRS = 2  # instructions a cycle, at most
MODEL = small_model()
ENGINE = render_native(MODEL, "small")
INPUTS = random_inputs(MODEL.main, 2)


@lru_cache(maxsize=4)
def image(target: str) -> Image:
    found = find_target(target)
    return build_image(ENGINE, needed(found), memory=found.memory)


@lru_cache(maxsize=8)
def timed(target: str, flash: FlashTiming | None) -> Run:
    core = CORES["hazard3"] if target == "rv32imc" else CORES[target]
    timed = None if flash is None else Timed(core.name, flash)
    return Core(find_target(target), image(target), ENGINE, timed=timed).run(INPUTS)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m7", "cortex-m55", "rv32imc"])
def test_watching_changes_no_byte_and_no_count(target: str) -> None:
    plain, watched = timed(target, None), timed(target, NO_WAITING)
    assert plain.instructions == watched.instructions
    for a, b in zip(plain.values, watched.values, strict=True):
        np.testing.assert_array_equal(a, b)
    assert plain.cycles == [None, None]
    for cycles, instructions in zip(watched.cycles, plain.instructions, strict=True):
        assert cycles is not None
        assert cycles > instructions / PAIRS


@pytest.mark.slow
def test_cycles_of_layers_add_up_to_those_of_the_inference() -> None:
    run = timed("cortex-m4", TWO_LINES)
    for cycles, layers, causes in zip(run.cycles, run.layer_cycles, run.causes, strict=True):
        assert cycles == causes.total()
        assert cycles is not None
        assert 0 <= cycles - sum(layers) < 100  # the return from the last layer
        assert min(layers[0], layers[2]) > 0  # layer 1 only gives its input another shape


@pytest.mark.slow
def test_waiting_for_flash_is_all_that_flash_adds() -> None:
    fast, slow = timed("cortex-m4", NO_WAITING), timed("cortex-m4", TWO_LINES)
    for without, waiting in zip(fast.causes, slow.causes, strict=True):
        waits = {cause: n for cause, n in waiting.items() if cause.startswith("flash")}
        assert min(waits.values()) > 0
        assert waiting - type(waiting)(waits) == without


@pytest.mark.slow
def test_a_core_that_takes_aligned_accesses_alone_needs_none_of_them_watched() -> None:
    """Without waits for flash they cost nothing there, so what is left out changes no cycle."""
    unwatched, watched = timed("cortex-m0", NO_WAITING), timed("cortex-m0", TWO_LINES)
    for without, waiting in zip(unwatched.causes, watched.causes, strict=True):
        assert without == {c: n for c, n in waiting.items() if c not in FLASH_CAUSES}


@pytest.mark.slow
def test_a_board_gives_milliseconds() -> None:
    (row,) = bench(MODEL, boards=["nucleo-l4r5zi"], compilers=("zig",)).targets
    assert row.result.cycles_per_inference is not None
    assert row.milliseconds == row.result.cycles_per_inference / 120_000
    assert row.to_json()["board"] == "nucleo-l4r5zi"
    assert sum(row.result.cycle_causes.values()) == row.result.cycles_per_inference
    assert row.result.layers[0].cycles


def test_a_board_without_an_emulator_is_refused() -> None:
    assert find_board("esp32-devkitc").emulated is None
    with pytest.raises(EdgeqError, match="xtensa-lx6 is known"):
        bench(MODEL, boards=["esp32-devkitc"])
