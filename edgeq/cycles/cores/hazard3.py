"""Hazard3 as the RP2350 has it, checked against its RTL (docs/cycles.md).

Sources: github.com/Wren6991/Hazard3, doc/sections/instruction_timings.adoc, for cycles of
instructions, load-use and the branch predictor; Readme.md there: the testbench's configuration is the
RP2350's, in which multiplications have their result at once (`MUL_FASTER`, `MULH_FAST`), divisions
take two bits a cycle (`MULDIV_UNROLL` 2) and the predictor is built in (`BRANCH_PREDICTOR`). By the
RTL a branch that is foretold fetches a target that is not aligned in two cycles too, unless words were
fetched ahead; that is left out, 0.1 % at most.
"""

from edgeq.cycles.core import Core
from edgeq.cycles.riscv import RiscvIssue, is_wide

HAZARD3 = Core(
    "hazard3",
    RiscvIssue(),
    is_wide,
    misaligned_access=0,
    foretells="last",
    error=0.01,
)
