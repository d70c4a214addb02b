"""Programs described by sizes alone, and random ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from edgeq.graph import Graph, Op, Tensor
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.opkit.node import Node
from edgeq.plan import Program, Step


@dataclass(frozen=True)
class Work:
    """One step: the tensors that it reads, its output's bytes, its in-place offsets and its scratch; or a
    view of the first.

    A view starts at byte `offset`, or at the start where its tensor is not that long, and goes to
    the end.
    """

    reads: tuple[int, ...]
    nbytes: int
    overlap: tuple[int | None, ...] = (None,)
    scratch: int = 0
    view: bool = False
    offset: int = 0
    exact: bool = False


@dataclass(frozen=True)
class Job:
    """Sizes of the graph's inputs, the steps that each write one more tensor, and the tensors that
    are outputs.
    """

    inputs: tuple[int, ...]
    works: tuple[Work, ...]
    outputs: tuple[int, ...]
    dtypes: dict[int, str] = field(default_factory=dict)


def program(job: Job) -> Program:
    tensors = [
        Tensor(f"t{i}", (size,), job.dtypes.get(i, "int8")) for i, size in enumerate(job.inputs)
    ]
    ops, steps = [], []
    for k, work in enumerate(job.works):
        offset = work.offset if work.offset < tensors[work.reads[0]].size else 0
        size = tensors[work.reads[0]].size - offset if work.view else work.nbytes
        tensors.append(Tensor(f"t{len(tensors)}", (size,), job.dtypes.get(len(tensors), "int8")))
        ops.append(Op("WORK", work.reads, (len(tensors) - 1,)))
        node = Node(k, "WORK", None, tuple(tensors[t] for t in work.reads), (tensors[-1],))
        positions = tuple(range(len(work.reads)))
        kernel = KernelCall("work", {}, positions, work.scratch, work.overlap, exact=work.exact)
        call = View(0, (offset,)) if work.view else kernel
        steps.append(Step(node, call, work.reads, ops[-1].outputs))
    return Program(
        Graph(tuple(tensors), tuple(ops), tuple(range(len(job.inputs))), job.outputs), tuple(steps)
    )


@st.composite
def jobs(draw: st.DrawFn, steps: int = 7, unit: int = 1, scratch: bool = True) -> Job:
    size = st.integers(0 if scratch else 1, 9).map(lambda n: n * unit)
    inputs = draw(st.lists(size, min_size=1, max_size=2))
    works: list[Work] = []
    for k in range(draw(st.integers(1, steps))):
        reads = draw(st.lists(st.integers(0, len(inputs) + k - 1), min_size=1, max_size=2))
        offset = st.none() | st.integers(-3, 4).map(lambda n: n * unit)
        overlap = draw(st.lists(offset, min_size=len(reads), max_size=len(reads)))
        view = draw(st.integers(0, 4)) == 0
        extra = draw(st.sampled_from([0, 0, 3, 16])) if scratch and not view else 0
        start = draw(st.sampled_from([0, 4]))
        works.append(
            Work(
                tuple(reads[: 1 if view else 2]),
                draw(size),
                tuple(overlap),
                extra,
                view,
                start,
                draw(st.booleans()),
            )
        )
    everything = st.integers(0, len(inputs) + len(works) - 1)
    outputs = draw(st.lists(everything, min_size=1, max_size=2))
    return Job(tuple(inputs), tuple(works), tuple(outputs))
