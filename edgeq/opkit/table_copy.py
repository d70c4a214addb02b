"""Moves of runs of elements whose places along each axis stand in tables: what resizing by nearest
neighbours, mirroring and blocks of a batch have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edgeq.opkit.in_place import Bytes, run_by_run
from edgeq.opkit.kernel_call import KernelCall
from edgeq.opkit.node import Node, Values, unsupported
from edgeq.opkit.strided import AXES, element_bytes


class TableCopy(NamedTuple):
    """An output of runs of `run` contiguous elements. tables: for each axis, outermost first, where
    in the input a position along it leads, in runs; a run lies at the sum over all axes.
    """

    run: int
    tables: tuple[Bytes, ...]

    @property
    def places(self) -> Bytes:
        """The input's run for every run of the output, int64 [runs]."""
        total = np.zeros(1, np.int64)
        for table in self.tables:
            total = (total[:, None] + table).ravel()
        return total


def table_copy(run: int, tables: Sequence[Sequence[int] | Bytes]) -> TableCopy:
    """The copy with axes of a single position left out."""
    arrays = [np.asarray(table, np.int64) for table in tables]
    first = sum(int(a[0]) for a in arrays if len(a) == 1)
    kept = [a for a in arrays if len(a) > 1] or [np.zeros(1, np.int64)]
    return TableCopy(run, (kept[0] + first, *kept[1:]))


def copied(node: Node, copy: TableCopy, x: Values) -> Values:
    """x [samples, ...] -> [samples, *output shape]."""
    runs = x.reshape(len(x), -1, copy.run)
    return runs[:, copy.places].reshape(len(x), *node.output.shape)


def table_copy_call(node: Node, copy: TableCopy) -> KernelCall:
    """`edgeq_table_copy` of input 0, whose output may lie over it as far as the order of runs
    allows.
    """
    if len(copy.tables) > AXES:
        why = f"its elements lie along {len(copy.tables)} axes, at most {AXES} are known"
        raise unsupported(node, why)
    run, inner_first = copy.run * element_bytes(node.output), copy.tables[::-1]
    return KernelCall(
        "edgeq_table_copy",
        {
            "run": run,
            "axes": len(inner_first),
            "count": np.array([len(table) for table in inner_first], np.int32),
            "offset": (np.concatenate(inner_first) * run).astype(np.int32),
        },
        overlap=(run_by_run(run, copy.places * run, node.input(0).nbytes),),
        source="table_copy",
    )
