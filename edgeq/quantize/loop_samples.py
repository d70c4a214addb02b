"""What the body of a loop gets at each of its steps while the float model runs on samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op, write_tflite
from edgeq.graph.compact import without_unused
from edgeq.quantize.observe import FloatRunner
from edgeq.runtime import float_interpreter, run_samples

MOST_SAMPLES = 512  # of the model, which each take a run of the body for each step
MOST_STEPS = 2048  # steps of all samples together that are kept
Arrays = list[npt.NDArray[Any]]


def carried_samples(model: Model, op: Op, body: Graph, steps: int, samples: Samples) -> Samples:
    """The inputs of a loop's body, int32 and float32 [n, *shape] each, at up to `MOST_STEPS` steps
    spread over all steps and samples.

    model: float; op: the loop, of its main graph; steps: how many it has.
    """
    given = entry_values(model, op, samples)
    count = len(given[0])
    apart = max(1, -(-count * steps // MOST_STEPS))
    kept = list[Arrays]()
    run = _BodyRunner(body)
    for step in range(steps):
        chosen = np.arange(step % apart, count, apart)
        kept.append([x[chosen] for x in given])
        given = run(given)
    return Samples(tuple(np.concatenate(parts) for parts in zip(*kept, strict=True)))


def end_values(model: Model, op: Op, body: Graph, steps: int, samples: Samples) -> Arrays:
    """What the loop gives after its last step, [samples, *shape] each."""
    given, run = entry_values(model, op, samples), _BodyRunner(body)
    for _ in range(steps):
        given = run(given)
    return given


def entry_values(model: Model, op: Op, samples: Samples) -> Arrays:
    """The loop's inputs in the float model, [samples, *shape] each."""
    tensors, some = model.main.tensors, samples.subsample(MOST_SAMPLES)
    computed = [t for t in dict.fromkeys(op.inputs) if not tensors[t].constant]
    found = FloatRunner(model, computed)(some) if computed else {}
    shape = (some.count,)
    return [
        np.asarray(found[t], tensors[t].dtype)
        if t in found
        else np.broadcast_to(tensors[t].array, (*shape, *tensors[t].shape)).astype(tensors[t].dtype)
        for t in op.inputs
    ]


class _BodyRunner:
    """Runs a loop's body on many samples: its inputs to those of the next step."""

    def __init__(self, body: Graph) -> None:
        self.body = body
        made = {t for op in body.ops for t in op.outputs}
        self.computed = list(dict.fromkeys(t for t in body.outputs if t in made))
        needed = replace(body, outputs=tuple(self.computed))
        self.used = [p for p, t in enumerate(body.inputs) if self._reads(t)]
        needed = replace(needed, inputs=tuple(body.inputs[p] for p in self.used))
        self.interpreter = float_interpreter(write_tflite(without_unused(Model((needed,)))))

    def _reads(self, t: int) -> bool:
        return any(t in op.inputs for op in self.body.ops)

    def __call__(self, given: Sequence[npt.NDArray[Any]]) -> Arrays:
        values = run_samples(self.interpreter, [given[p] for p in self.used])
        known = dict(zip(self.body.inputs, given, strict=True))
        known |= dict(zip(self.computed, values, strict=True))
        count, tensors = len(given[0]), self.body.tensors
        return [
            known[t].reshape(count, *tensors[t].shape)
            if t in known
            else np.broadcast_to(tensors[t].array, (count, *tensors[t].shape))
            for t in self.body.outputs
        ]
