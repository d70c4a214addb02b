"""What the regions of a loop get at each of its steps while the float model runs on samples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.errors import UnsupportedError, shown
from edgeq.graph import Graph, Model, Op, write_tflite
from edgeq.graph.compact import without_unused
from edgeq.graph.regions import BODY, COND
from edgeq.opkit.loops import MAX_STEPS
from edgeq.quantize.observe import FloatRunner
from edgeq.quantize.quantization_state import is_activation, replace_main
from edgeq.runtime import float_interpreter, run_samples

MOST_SAMPLES = 512  # of the model, which each take a run of the body for each step
MOST_STEPS = 2048  # steps of all samples together that are kept
Arrays = list[npt.NDArray[Any]]
Steps = npt.NDArray[np.int64]
ENDLESS = "bound its steps by maximum_iterations of while_loop, or let it end earlier"


@dataclass(frozen=True)
class FloatLoop:
    """A loop of a float model's main graph. steps: how many it has; None where its condition says so
    for each sample.
    """

    model: Model
    op: Op
    steps: int | None

    @property
    def cond(self) -> Graph:
        return dict(self.op.regions)[COND]

    @property
    def body(self) -> Graph:
        return dict(self.op.regions)[BODY]

    @property
    def carried(self) -> list[int]:
        """Positions of the float values that change from step to step."""
        ends = zip(self.body.inputs, self.body.outputs, strict=True)
        return [
            p for p, (a, b) in enumerate(ends) if a != b and is_activation(self.body.tensors[a])
        ]

    @property
    def layer(self) -> str:
        """The layer that the loop was written for."""
        first = self.op.outputs[self.carried[0] if self.carried else 0]
        return self.model.main.tensors[first].name.partition("/while")[0]

    @property
    def name(self) -> str:
        """The layer as errors name it."""
        return f'layer "{shown(self.layer)}"'


@dataclass(frozen=True, eq=False)
class Run:
    """A loop that ran on samples. ends: what it gives, [samples, *shape] each. steps: how many each
    sample took, int64 [samples].
    """

    ends: Arrays
    steps: Steps


def run_loop(loop: FloatLoop, samples: Samples) -> Run:
    """The loop from its start to its end. Raises UnsupportedError where it goes on after `MAX_STEPS`."""
    given = entry_values(loop.model, loop.op, samples)
    ends = [x.copy() for x in given]
    steps = np.zeros(len(given[0]), np.int64)
    for active, now in _steps(loop, given):
        steps[active] += 1
        for end, new in zip(ends, now, strict=True):
            end[active] = new
    return Run(ends, steps - 1)


def steps_taken(loop: FloatLoop, samples: Samples) -> Steps:
    """How many steps each sample takes, int64 [samples]. Raises UnsupportedError as `run_loop`."""
    if loop.steps is None:
        return run_loop(loop, samples).steps
    return np.full(samples.subsample(MOST_SAMPLES).count, loop.steps, np.int64)


def carried_samples(loop: FloatLoop, samples: Samples, taken: Steps) -> Samples:
    """The inputs of the loop's body, [n, *shape] each, at up to `MOST_STEPS` steps spread over all
    steps and samples. taken: by each of the samples. Raises UnsupportedError where no sample takes a
    step.
    """
    if not taken.any():
        why = "its condition holds for no calibration sample, so nothing is known of its steps"
        raise UnsupportedError(loop.name, why, "add samples for which it holds")
    given = entry_values(loop.model, loop.op, samples)
    apart = max(1, -(-int(taken.sum()) // MOST_STEPS))
    kept = list[Arrays]()
    for step, (active, now) in enumerate(_steps(loop, given)):
        chosen = np.flatnonzero(taken[active] > step)[step % apart :: apart]
        kept.append([x[chosen] for x in now])
    return Samples(tuple(np.concatenate(parts) for parts in zip(*kept, strict=True)))


def entry_values(model: Model, op: Op, samples: Samples) -> Arrays:
    """The inputs of a loop or branch in the float model, [samples, *shape] each."""
    graph, some = model.main, samples.subsample(MOST_SAMPLES)
    before = graph.ops[: next(k for k, each in enumerate(graph.ops) if each is op)]
    front = replace_main(model, replace(graph, ops=before))
    tensors = graph.tensors
    computed = [t for t in dict.fromkeys(op.inputs) if not tensors[t].constant]
    found = FloatRunner(front, computed)(some) if computed else {}
    shape = (some.count,)
    return [
        np.asarray(found[t], tensors[t].dtype)
        if t in found
        else np.broadcast_to(tensors[t].array, (*shape, *tensors[t].shape)).astype(tensors[t].dtype)
        for t in op.inputs
    ]


def _steps(loop: FloatLoop, given: Arrays) -> Iterator[tuple[npt.NDArray[np.int64], Arrays]]:
    """The carried values before each step and after the last one, of the samples that took all steps
    before it, with the numbers of these samples.

    given: the values before the first step.
    """
    body = _RegionRunner(loop.body)
    cond = None if loop.steps is not None else _RegionRunner(loop.cond)
    active, now = np.arange(len(given[0])), given
    for step in range(MAX_STEPS + 1):
        yield active, now
        if cond is None:
            going = np.full(len(active), step < (loop.steps or 0))
        else:
            going = cond(now)[0].reshape(len(active), -1)[:, 0].astype(bool)
        if not going.any():
            return
        active, now = active[going], body([x[going] for x in now])
    why = f"its condition still holds after {MAX_STEPS:,} steps for some calibration sample"
    raise UnsupportedError(loop.name, why, ENDLESS)


class _RegionRunner:
    """Runs a region of a loop on many samples: its inputs to its outputs."""

    def __init__(self, region: Graph) -> None:
        self.region = region
        made = {t for op in region.ops for t in op.outputs}
        self.computed = list(dict.fromkeys(t for t in region.outputs if t in made))
        needed = replace(region, outputs=tuple(self.computed))
        self.used = [p for p, t in enumerate(region.inputs) if self._reads(t)]
        needed = replace(needed, inputs=tuple(region.inputs[p] for p in self.used))
        self.interpreter = float_interpreter(write_tflite(without_unused(Model((needed,)))))

    def _reads(self, t: int) -> bool:
        return any(t in op.inputs for op in self.region.ops)

    def __call__(self, given: Sequence[npt.NDArray[Any]]) -> Arrays:
        values = run_samples(self.interpreter, [given[p] for p in self.used])
        known = dict(zip(self.region.inputs, given, strict=True))
        known |= dict(zip(self.computed, values, strict=True))
        count, tensors = len(given[0]), self.region.tensors
        return [
            known[t].reshape(count, *tensors[t].shape)
            if t in known
            else np.broadcast_to(tensors[t].array, (count, *tensors[t].shape))
            for t in self.region.outputs
        ]
