"""What an inference with loops whose number of steps depends on data rests on: its instructions are
those of the samples that ran, not a constant of the model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from edgeq.opkit.loops import run_loop
from edgeq.opkit.node import Values
from edgeq.plan.control import open_loops, programs
from edgeq.simulate.execute import execute
from edgeq.verify.job import Job

INSIDE = "a loop inside of another, or of a branch, takes as many steps as its input asks for"


def step_notes(
    job: Job, samples: int, instructions: Sequence[Sequence[int]] | None = None
) -> tuple[str, ...]:
    """A line for each loop of the model whose number of steps depends on data: what the samples took.

    samples: how many of the job's ran. instructions: [samples][layers], None where they are not
    counted.
    """
    program = job.engine.program
    notes = [
        _note(job, k, samples, None if instructions is None else np.array(instructions)[:, k])
        for k in open_loops(program)
    ]
    inner = (each for prefix, each in programs(program) if prefix)
    return (*notes, INSIDE) if any(open_loops(each) for each in inner) else tuple(notes)


def _note(job: Job, k: int, samples: int, counts: npt.NDArray[np.int64] | None) -> str:
    steps = _steps(job, k, samples)
    line = f"layer {k} takes as many steps as its input asks for: {_span(steps)} in {_of(samples)}"
    if counts is None:
        return line
    line = f"{line}, {_span(counts)} instructions"
    fewest, most = int(steps.argmin()), int(steps.argmax())
    if steps[fewest] == steps[most]:
        return line
    each = (counts[most] - counts[fewest]) / (steps[most] - steps[fewest])
    return f"{line}, {each:,.0f} a step"


def _steps(job: Job, k: int, samples: int) -> npt.NDArray[np.int64]:
    """How many steps each sample takes. A tensor of the program has the number that it has in the model."""
    program, graph = job.engine.program, job.model.main
    node = program.steps[k].node
    inputs = program.graph.ops[node.index].inputs
    computed = [t for t in inputs if not graph.tensors[t].constant]
    values: dict[int, Values] = execute(graph, [x[:samples] for x in job.inputs], computed)
    given = [values[t] if t in values else graph.tensors[t].array[None] for t in inputs]
    return run_loop(node, given).steps


def _span(values: npt.NDArray[np.int64]) -> str:
    low, high = int(values.min()), int(values.max())
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _of(samples: int) -> str:
    return "the sample that ran" if samples == 1 else f"the {samples:,} samples that ran"
