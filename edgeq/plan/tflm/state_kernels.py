"""What TFLM's kernels of variables and subgraphs allocate (see `kernels.py`)."""

from __future__ import annotations

from collections.abc import Mapping

from edgeq.plan.tflm.kernel import Kernel

STATES: Mapping[str, Kernel] = {
    "ASSIGN_VARIABLE": Kernel(temporaries="i1"),
    "CALL_ONCE": Kernel(4, state=8, temporaries=""),
    "CIRCULAR_BUFFER": Kernel(state=8),
    "IF": Kernel(8, state=8, temporaries="i0"),
    "READ_VARIABLE": Kernel(temporaries="i0"),
    "VAR_HANDLE": Kernel(8, state=4, temporaries=""),
    "WHILE": Kernel(8, state=8, temporaries=""),
}
