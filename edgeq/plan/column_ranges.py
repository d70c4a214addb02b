"""Which columns of every tensor a stripe needs: from those of the last step's output back to the first
step, through windows, padding left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edgeq.opkit.rows import RowKernel, Span
from edgeq.opkit.windows import Window
from edgeq.plan.program import Program


@dataclass(frozen=True)
class ColumnRanges:
    """The columns of tensors that one stripe works on. computed: by tensor, the columns that a step of
    the stripe writes, or that come from outside of it. wanted: by step and input tensor, the columns
    that the step reads.
    """

    computed: Mapping[int, Span]
    wanted: Mapping[tuple[int, int], Span]

    def window(self, step: int, x: int, y: int, columns: Window) -> tuple[int, int]:
        """Columns of output `y` that a step computes of input `x`, and how much padding lies in front of
        the first. columns: the windows of the whole layer.
        """
        out, read = self.computed[y], self.wanted[step, x]
        return out.end - out.first, columns.before - out.first * columns.stride + read.first


def find_ranges(
    program: Program, kernels: Sequence[RowKernel | None], last: int, columns: Span
) -> ColumnRanges | None:
    """What a stripe of these columns of the output of step `last` needs of it and the steps before; None
    where a step has no row kernel, or a stripe reads nothing of a tensor. kernels: of each step.
    """
    (y,) = program.steps[last].writes
    computed, wanted = {y: columns}, dict[tuple[int, int], Span]()
    for k in range(last, -1, -1):
        step, kernel = program.steps[k], kernels[k]
        if kernel is None or len(step.writes) != 1 or step.writes[0] not in computed:
            return None
        for x in step.reads:
            wanted[k, x] = kernel.reads_columns(computed[step.writes[0]])
            computed[x] = _joined(computed.get(x), wanted[k, x])
    if any(span.first >= span.end for span in computed.values()):
        return None
    return ColumnRanges(computed, wanted)


def stripes_of(width: int, count: int) -> list[Span]:
    """A tensor's columns in so many stripes, as equal as can be.

    >>> stripes_of(9, 2)
    [Span(first=0, end=4), Span(first=4, end=9)]
    """
    return [Span(*cuts) for cuts in pairwise(width * k // count for k in range(count + 1))]


def _joined(a: Span | None, b: Span) -> Span:
    return b if a is None else Span(min(a.first, b.first), max(a.end, b.end))


def work_of(program: Program, k: int, ranges: ColumnRanges) -> float:
    """What a stripe computes of a step, in its work (`edgeq/plan/cost.py`)."""
    step, (y,) = program.steps[k], program.steps[k].writes
    whole, part = program.graph.tensors[y].shape[2], ranges.computed[y]
    return (step.macs or step.node.output.size) * (part.end - part.first) / whole
