"""Cortex-M33: a model of its pipeline, for Arm publishes no cycles of its instructions.

Public are: three stages, in order, "limited dual-issue of common 16-bit instruction pairs" (Arm 100230,
technical reference manual); a result of a load a cycle later and pairs of which one is a simple
operation of 2 bytes, as LLVM has them for Cortex-M55, which it calls like the M33 in this
(llvm/lib/Target/ARM/ARMScheduleM55.td). Three programs on an nRF5340 (docs/cycles.md) lie within 3 % of
instructions issued one at a time, and 8 to 12 % above issue in all such pairs: so cycles are those of
single issue, and those of pairs the least.
"""

from edgeq.cycles.core import Core
from edgeq.cycles.pipeline import Pipeline, Way
from edgeq.cycles.thumb import is_wide

LIGHT = frozenset(
    "nop it itt ite ittt itte itet itee itttt b beq bne bhs blo bmi bpl bvs bvc bhi bls bge blt bgt ble "
    "bx adds add subs sub movs mov sxtb sxth uxtb uxth".split()
)
MEMORY = ("memory",)

CORTEX_M33 = Core(
    "cortex-m33",
    Pipeline(
        {
            "load": Way(MEMORY, latency=2),
            "store": Way(MEMORY),
            "load double": Way(MEMORY, latency=2, occupies=2, alone=True),
            "store double": Way(MEMORY, occupies=2, alone=True),
            "load multiple": Way(MEMORY, latency=2, by_word=1, alone=True),
            "store multiple": Way(MEMORY, by_word=1, alone=True),
            "divide": Way(occupies=6, alone=True),
            "table branch": Way(MEMORY, occupies=3, alone=True),
            "jump": Way(occupies=2),
            "real load": Way(MEMORY, latency=2),
            "real store": Way(MEMORY),
            "real load multiple": Way(MEMORY, latency=2, by_word=1, alone=True),
            "real store multiple": Way(MEMORY, by_word=1, alone=True),
            "real divide": Way(occupies=14, alone=True),
            "real multiply-add": Way(occupies=3, alone=True),
        },
        light=LIGHT,
        width=1,
    ),
    is_wide,
    misaligned_target=0,
    misaligned_access=0,
    estimated="pairs of instructions of 2 bytes may be issued together, and which is not public",
)
