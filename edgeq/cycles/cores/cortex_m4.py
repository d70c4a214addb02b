"""Cortex-M4, checked against hardware (docs/cycles.md, 6.9 % at worst).

Sources: Arm DDI 0439, Cortex-M4 technical reference manual, chapter "Instruction set summary", for
latencies; what the manual calls P, the refill of the pipeline, by the pages on branch timing and on
the alignment of instructions of compendium.i-0.nl.
"""

from edgeq.cycles.core import Core
from edgeq.cycles.single_issue import SingleIssue
from edgeq.cycles.thumb import is_wide

CORTEX_M4 = Core("cortex-m4", SingleIssue(), is_wide)
