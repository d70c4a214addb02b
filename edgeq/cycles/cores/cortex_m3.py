"""Cortex-M3.

Sources: Arm DDI 0337, Cortex-M3 technical reference manual, chapter "Instruction set summary", for
latencies; what the manual calls P, the refill of the pipeline, by the pages on branch timing and on
the alignment of instructions of compendium.i-0.nl.
"""

from edgeq.cycles.core import Core
from edgeq.cycles.single_issue import SingleIssue
from edgeq.cycles.thumb import is_wide

CORTEX_M3 = Core(
    "cortex-m3",
    SingleIssue(multiply={"mla": 2, "mls": 2, "umull": 4, "smull": 4, "umlal": 5, "smlal": 5}),
    is_wide,
)
