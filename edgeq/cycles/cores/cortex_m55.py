"""Cortex-M55: a model of its pipeline.

Source: LLVM's llvm/lib/Target/ARM/ARMScheduleM55.td, after Arm's software optimization guide: a vector
instruction takes two cycles of its pipe (memory, integer, multiply or control), in which the next begins
if it goes down another; of two instructions of 2 bytes one must be simple; results of loads and products
are there a cycle later; three cycles for a branch that is taken. `le` and `letp` cost nothing once their loop
runs. Results that vector instructions wait for are left out. The most is without pairs, each
vector instruction by itself. Memory is taken to answer at once, as tightly coupled memory does.
"""

from edgeq.cycles.core import Core
from edgeq.cycles.cores.cortex_m33 import LIGHT
from edgeq.cycles.pipeline import Pipeline, Way
from edgeq.cycles.thumb import is_wide

TAKEN = 3
MEMORY = ("vector memory",)
PRODUCT = Way(latency=2)

CORTEX_M55 = Core(
    "cortex-m55",
    Pipeline(
        {
            "vector memory": Way(MEMORY, holds=2, alone=True),
            "vector integer": Way(("vector integer",), holds=2, alone=True),
            "vector multiply": Way(("vector multiply",), holds=2, alone=True),
            "vector control": Way(("vector control",), alone=True),
            "loop start": Way(alone=True),
            "loop end": Way(occupies=0),
            "shifted": Way(latency=2),
            "multiply": PRODUCT,
            "load": Way(MEMORY, latency=2),
            "store": Way(MEMORY),
            "load double": Way(MEMORY, latency=2, alone=True),
            "store double": Way(MEMORY, alone=True),
            "load multiple": Way(MEMORY, latency=2, by_word=0.5, alone=True),
            "store multiple": Way(MEMORY, by_word=0.5, alone=True),
            "divide": Way(occupies=6, alone=True),
            "table branch": Way(MEMORY, occupies=2 + TAKEN, alone=True),
            "jump": Way(occupies=1 + TAKEN),
            "real load": Way(MEMORY, latency=2),
            "real store": Way(MEMORY),
            "real load multiple": Way(MEMORY, latency=2, by_word=0.5, alone=True),
            "real store multiple": Way(MEMORY, by_word=0.5, alone=True),
            "real": Way(("vector multiply",), latency=2, alone=True),
            "real multiply-add": Way(("vector multiply",), latency=4, alone=True),
            "real divide": Way(("vector multiply",), latency=16, alone=True),
        },
        light=LIGHT,
        vectors=True,
    ),
    is_wide,
    refill=TAKEN,
    misaligned_target=0,
    misaligned_access=0,
    error=0.15,
    estimated="what vector instructions wait for, and which instructions are issued in pairs",
)
