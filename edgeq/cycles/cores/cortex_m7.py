"""Cortex-M7: a model of its pipeline, for Arm publishes no cycles of its instructions.

Sources: Arm DDI 0489, technical reference manual (issue of two instructions in order, branch prediction);
LLVM's llvm/lib/Target/ARM/ARMScheduleM7.td for units, latencies, when operands are needed, what is issued
alone or as the first of two, and four cycles for a branch that was not foretold. Nothing was compared with
hardware. Memory is taken to answer at once, as tightly coupled memory and hits in
caches do; words of a multiple load or store go in twos, over a bus of 64 bits.
"""

from edgeq.cycles.core import Core
from edgeq.cycles.pipeline import Pipeline, Way
from edgeq.cycles.thumb import is_wide

FORETOLD_WRONGLY = 4
ARITHMETIC, SHIFT = Way(("alu",)), Way(("alu", "shift"))
SIMD = Way(("simd", "alu"), first=True)
SHIFTED_SIMD = Way(("simd", "alu", "shift"), early=1, first=True)
SATURATION = Way(("simd", "alu", "shift"), latency=2, early=1, first=True)
SLOW_LOAD = Way(("load",), latency=2, early_address=1)

CORTEX_M7 = Core(
    "cortex-m7",
    Pipeline(
        {
            "arithmetic": ARITHMETIC,
            "shifted": Way(("alu", "shift"), early=1),
            "multiply": Way(("multiply",), latency=2, late_sum=1),
            "divide": Way(("alu",), occupies=7, alone=True),
            "load": Way(("load",), early_address=1),
            "store": Way(("store",), early=-1, early_address=1),
            "load double": Way(("load",), early_address=1, alone=True),
            "store double": Way(("store",), early=-1, early_address=1, alone=True),
            "load multiple": Way(("load",), early_address=1, by_word=0.5, alone=True),
            "store multiple": Way(("store",), early_address=1, by_word=0.5, alone=True),
            "branch": Way(("branch",)),
            "call": Way(("branch",)),
            "jump": Way(("branch",), occupies=1 + FORETOLD_WRONGLY),
            "table branch": Way(
                ("load",), early_address=1, occupies=2 + FORETOLD_WRONGLY, alone=True
            ),
            "it": Way(),
            "real load": Way(("load", "float port"), early_address=1),
            "real store": Way(("store", "float port"), early=-2, early_address=1),
            "real load multiple": Way(("load",), early_address=1, by_word=0.5, alone=True),
            "real store multiple": Way(("store",), early_address=1, by_word=0.5, alone=True),
            "real move": Way(("float port",), latency=3),
            "real": Way(("float", "float port"), latency=3),
            "real multiply-add": Way(("float", "float port"), latency=6, late_sum=3),
            "real divide": Way(("float", "float port"), latency=16),
        },
        by_name={
            **dict.fromkeys(("ldrb", "ldrh", "ldrsb", "ldrsh"), SLOW_LOAD),
            **dict.fromkeys(("lsl", "lsr", "asr", "ror"), SHIFT),
            **dict.fromkeys(("bfi", "bfc"), Way(("alu", "shift"), first=True)),
            "clz": Way(("alu",), first=True),
            **dict.fromkeys(("sxtb", "sxth", "uxtb", "uxth"), SIMD),
            **dict.fromkeys(("sadd", "uadd", "ssub", "usub", "shadd", "uhadd", "sel"), SIMD),
            **dict.fromkeys(("sxta", "uxta", "pkh", "sbfx", "ubfx"), SHIFTED_SIMD),
            **dict.fromkeys(
                ("rev", "rbit"), Way(SHIFTED_SIMD.units, latency=0, early=1, first=True)
            ),
            **dict.fromkeys(("ssat", "usat", "qdadd", "qdsub"), SATURATION),
            **dict.fromkeys(
                ("qadd", "qsub", "uqadd", "uqsub"), Way(SIMD.units, latency=2, first=True)
            ),
        },
        units={"alu": 2, "load": 2, "float port": 2},
    ),
    is_wide,
    refill=FORETOLD_WRONGLY,
    misaligned_target=0,
    misaligned_access=0,
    foretells="most",
    error=0.15,
    estimated="what instructions take that are never issued in pairs",
)
