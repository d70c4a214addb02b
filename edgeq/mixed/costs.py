"""The costs of a mixed-precision model: flash, arena, instructions, and the error against the float
model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model
from edgeq.graph.regions import every_tensor
from edgeq.metrics import agreement, predicted_classes
from edgeq.opkit.input_affine import integer_graph
from edgeq.ops import bind
from edgeq.plan import lower, plan_arena
from edgeq.quantize.incremental_run import Run
from edgeq.quantize.quantization_state import Reals
from edgeq.quantize.scale_groups import fixed_output
from edgeq.verify.bench import bench

Labels = npt.NDArray[np.int64] | None
Instructions = Callable[[Model], int | None]
CORE = "cortex-m4"


@dataclass(frozen=True)
class Costs:
    """The costs of one integer model.

    flash_bytes: of all constants as stored, without code.
    arena_bytes: RAM for tensors and scratch.
    instructions: of one inference on `CORE`; None if they cannot be estimated.
    error: mean absolute difference of the outputs from the float model's.
    agreement: share of samples with the float model's arg-max.
    accuracy_loss: in percentage points.
    """

    flash_bytes: int
    arena_bytes: int
    instructions: int | None
    error: float
    agreement: float
    accuracy_loss: float


def costs(
    model: Model, run: Run, expected: Reals, labels: Labels, instructions: Instructions
) -> Costs:
    """The costs of an integer model without unused tensors.

    run: its activations on some samples.
    expected: the float model's outputs on them, [samples, ...].
    labels: class numbers [samples]. None takes the float model's predictions as labels; for outputs
        that are not classes the loss is then the error relative to the outputs' standard deviation.
    """
    got = run.outputs()[0].reshape(len(expected), -1)
    exact = expected.reshape(len(expected), -1)
    error = float(np.abs(got - exact).mean())
    agreed = agreement(got, exact)
    loss = 1 - agreed
    if labels is None and not is_classifier(model.main):
        loss = error / max(float(exact.std()), 1e-12)
    if labels is not None:
        loss = float(
            np.mean(predicted_classes(exact) == labels) - np.mean(predicted_classes(got) == labels)
        )
    return Costs(
        flash_bytes(model.main),
        arena_bytes(model.main),
        instructions(model),
        error,
        agreed,
        100 * loss,
    )


def is_classifier(graph: Graph) -> bool:
    """Whether the first output holds probabilities: TFLite fixes their quantization."""
    output = graph.outputs[0]
    return fixed_output(graph, output, graph.tensors[output].dtype) is not None


def flash_bytes(graph: Graph) -> int:
    """Bytes of all constants in flash, those of branches and loops too: equal ones once, codebooks as
    indices and tables.
    """
    stored = {
        (t.buffer, t.dtype, t.codebook): t.stored_bytes for t in every_tensor(graph) if t.constant
    }
    return sum(stored.values())


def arena_bytes(graph: Graph) -> int:
    """Bytes of the native engine's arena."""
    return plan_arena(lower(graph)).arena_bytes


def instruction_estimator(models: Mapping[str, Model]) -> Instructions:
    """An estimator of a mixed model's instructions, from models with all layers in one width,
    counted layer by layer on an emulated core.

    A layer's instructions depend only on its own types, so those of a mixed model are the sum over
    its layers of the count for equal types; conversions between widths count as the most expensive
    seen. The estimate is None where no emulator is installed.

    models: name of a width -> model.
    """
    known: dict[tuple[str, ...], int] = {}
    for model in models.values():
        try:
            result = bench(model, targets=(CORE,)).targets[0].result
        except EdgeqError:
            return lambda model: None
        if result.status != "ok":
            return lambda model: None
        kinds = {
            (node.kind, node.name): _types(model.main, k) for k, node in enumerate(bind(model.main))
        }
        counted = Counter[tuple[str, ...]]()
        for layer in result.layers:
            name = layer.op, layer.part_of or layer.name
            if name in kinds:
                counted[kinds[name]] += layer.instructions or 0
        known |= counted
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
    moved = (
        12 * graph.tensors[graph.ops[index].outputs[0]].size
    )  # instructions of a requantized element
    return max(same, default=moved)
