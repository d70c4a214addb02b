"""What a mixed model costs: bytes, arena and instructions, and how far it is from the float model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model
from edgeq.metrics import agreement, predicted_classes
from edgeq.opkit.input_front import integer_graph
from edgeq.ops import bind
from edgeq.plan import lower, plan_arena
from edgeq.quantize.groups import fixed_output
from edgeq.quantize.replay import Run
from edgeq.quantize.state import Reals
from edgeq.verify.bench import bench

Labels = npt.NDArray[np.int64] | None
Instructions = Callable[[Model], int | None]
CORE = "cortex-m4"


@dataclass(frozen=True)
class Costs:
    """flash_bytes: of all constants as stored; the code comes on top. arena_bytes: RAM for tensors and scratch.

    instructions: of one inference on `CORE`, None where no emulator is installed. error: mean absolute difference of
    the outputs from the float model's. agreement: share of samples with the same arg-max.
    """

    flash_bytes: int
    arena_bytes: int
    instructions: int | None
    error: float
    agreement: float
    accuracy_loss: float


def costs(model: Model, run: Run, expected: Reals, labels: Labels, instructions: Instructions) -> Costs:
    """The costs of an integer model, without unused tensors, by its run on samples.

    expected: the float model's outputs [samples, ...]. labels: class numbers [samples]; None takes the float model's
    answers for right, or of outputs that are no classes, their error over their spread for the loss.
    """
    got = run.outputs()[0].reshape(len(expected), -1)
    exact = expected.reshape(len(expected), -1)
    error = float(np.abs(got - exact).mean())
    agreed = agreement(got, exact)
    loss = 1 - agreed
    if labels is None and not classes(model.main):
        loss = error / max(float(exact.std()), 1e-12)
    if labels is not None:
        loss = float(np.mean(predicted_classes(exact) == labels) - np.mean(predicted_classes(got) == labels))
    return Costs(flash_bytes(model.main), arena_bytes(model.main), instructions(model), error, agreed, 100 * loss)


def classes(graph: Graph) -> bool:
    """Whether the first output holds probabilities, whose quantization TFLite prescribes."""
    output = graph.outputs[0]
    return fixed_output(graph, output, graph.tensors[output].dtype) is not None


def flash_bytes(graph: Graph) -> int:
    """Constants as files and firmware hold them: equal ones once, codebooks as indices and tables."""
    stored = {(t.buffer, t.dtype, t.codebook): t.stored_bytes for t in graph.tensors if t.constant}
    return sum(stored.values())


def arena_bytes(graph: Graph) -> int:
    """The planned arena of the native engine."""
    return plan_arena(lower(graph)).arena_bytes


def counted(models: Mapping[str, Model]) -> Instructions:
    """An estimate from whole models in each width, counted layer by layer on an emulated core.

    A layer's instructions depend on its own types alone, so those of a mixed model are the sum over its layers of what
    was counted for the same types; requantizations between widths are counted as the dearest seen. Without an
    emulator nothing is estimated.
    """
    known: dict[tuple[str, ...], int] = {}
    for model in models.values():
        try:
            result = bench(model, targets=(CORE,)).targets[0].result
        except EdgeqError:
            return lambda model: None
        if result.status != "ok":
            return lambda model: None
        kinds = {(node.kind, node.name): _types(model.main, k) for k, node in enumerate(bind(model.main))}
        known |= {kinds[layer.op, layer.name]: layer.instructions or 0 for layer in result.layers
                  if (layer.op, layer.name) in kinds}  # fmt: skip
    return lambda model: _of_graph(integer_graph(model.main), known)


def _of_graph(graph: Graph, known: Mapping[tuple[str, ...], int]) -> int:
    return sum(_of_layer(graph, k, known) for k in range(len(graph.ops)))


def _types(graph: Graph, index: int) -> tuple[str, ...]:
    op = graph.ops[index]
    tensors = [graph.tensors[t] for t in (*op.inputs, *op.outputs) if t >= 0]
    forms = [f"{t.dtype}{'' if t.codebook is None else t.codebook.bits}" for t in tensors]
    return (op.kind, graph.tensors[op.outputs[0]].name, *forms)


def _of_layer(graph: Graph, index: int, known: Mapping[tuple[str, ...], int]) -> int:
    types = _types(graph, index)
    if types in known:
        return known[types]
    same = [count for other, count in known.items() if other[:2] == types[:2]]
    moved = 12 * graph.tensors[graph.ops[index].outputs[0]].size  # instructions of a requantized element
    return max(same, default=moved)
