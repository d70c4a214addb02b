"""The cores whose timing is public: what each kind of instruction costs, and what delays it.

Sources: Arm's technical reference manuals (DDI 0337 for Cortex-M3, DDI 0439 for Cortex-M4, DDI 0484
for Cortex-M0+), chapter "Instruction set summary", for latencies; compendium.i-0.nl, pages on branch
timing and on the alignment of instructions, for what the manuals call P, the refill of the pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Core:
    """Issue rules of a core that issues one instruction at a time, in order; all in cycles.

    multiply: of multiplications, by the first letters of their mnemonics; the longest that fits.
    load: of a single load whose result the next instruction waits for.
    pipelined_loads: whether loads in a row whose addresses are known take one each.
    store: of a single store. divide, real_divide, real_multiply_add: of integers and of float32.
    refill: behind a taken branch. load_refill: behind a load into the program counter.
    misaligned_target: more for a jump to an instruction of 4 bytes that is not aligned to 4.
    misaligned_run: more for three or more such instructions in a row.
    address_stall: where an address comes from the arithmetic instruction just before.
    folded_it: whether IT costs nothing behind an instruction of 2 bytes.
    misaligned_accesses: whether an access that is no multiple of its size is done, a cycle later; else the core faults.
    """

    name: str
    multiply: Mapping[str, int] = field(default_factory=dict)
    load: int = 2
    pipelined_loads: bool = True
    store: int = 1
    divide: int = 6
    real_divide: int = 14
    real_multiply_add: int = 3
    refill: int = 1
    load_refill: int = 2
    misaligned_target: int = 1
    misaligned_run: int = 1
    address_stall: int = 1
    folded_it: bool = True
    misaligned_accesses: bool = True


CORES: Mapping[str, Core] = {
    core.name: core
    for core in (
        Core("cortex-m4"),
        Core(
            "cortex-m3",
            multiply={"mla": 2, "mls": 2, "umull": 4, "smull": 4, "umlal": 5, "smlal": 5},
        ),
        Core(
            "cortex-m0",
            pipelined_loads=False,
            store=2,
            load_refill=1,
            misaligned_target=0,
            misaligned_run=0,
            address_stall=0,
            misaligned_accesses=False,
        ),
    )
}
"""By the name of the target. Cortex-M4 was checked against hardware (docs/cycles.md); the others rest on
their manuals alone. `cortex-m0` has the latencies of a Cortex-M0+ with the multiplier of one cycle.
"""
