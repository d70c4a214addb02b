"""How far an output may lie over an input, for kernels that write their output from its first byte
to its last.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.int64]


NEVER = 1 << 62  # the byte that a step without reads reads


def least_distance(written: Bytes, read: Bytes, nbytes: int) -> int:
    """The least distance in bytes that the output must start below the input, as
    `KernelCall.overlap`: no byte is overwritten that the step or a later one still reads.

    written: [steps], the end of what is written before the last read of each step; read: [steps],
    the least byte of the input that the step reads, or `NEVER`; nbytes: of the input.
    """
    still_read = np.minimum.accumulate(read[::-1])[::-1]
    return max(int(np.max(written - still_read)), -nbytes)


def run_by_run(run: int, read: Bytes, nbytes: int) -> int:
    """The least distance for a kernel that writes one run of `run` bytes after the other, each byte
    after it read its own place of the run at `read` [runs]. nbytes: of the input.
    """
    return least_distance(np.arange(len(read)) * run, read, nbytes)
