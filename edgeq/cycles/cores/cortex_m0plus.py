"""Cortex-M0+ with the multiplier of one cycle.

Source: Arm DDI 0484, Cortex-M0+ technical reference manual, chapter "Instruction set summary".
"""

from edgeq.cycles.core import Core
from edgeq.cycles.single_issue import SingleIssue
from edgeq.cycles.thumb import is_wide

CORTEX_M0PLUS = Core(
    "cortex-m0plus",
    SingleIssue(
        pipelined_loads=False,
        store=2,
        load_refill=1,
        misaligned_run=0,
        address_stall=0,
    ),
    is_wide,
    misaligned_target=0,
    misaligned_access=0,
)
