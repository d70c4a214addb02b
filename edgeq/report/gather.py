"""From results of simulation, comparison and runs to what a report shows."""

from __future__ import annotations

from edgeq.codegen.model_hash import model_hash
from edgeq.data import Samples
from edgeq.dead_channels import leave_out, left_out
from edgeq.explain.layer_metrics import measure
from edgeq.fit import BoardFit, FitResult
from edgeq.graph import Graph, Model, Tensor
from edgeq.plan import lower, plan_arena
from edgeq.quantize.model_pair import pair_models
from edgeq.quantize.split_outputs import split_like
from edgeq.report.arena_rows import arena_rows
from edgeq.report.contents import (
    Accuracy,
    ClassRow,
    LayerError,
    LayerTime,
    Memory,
    ModelFacts,
    Port,
    Times,
)
from edgeq.report.memory_blocks import memory_blocks, row_names
from edgeq.simulate.result import SimulateResult

MOST_CLASSES = 40  # rows and columns of the confusion matrix
MOST_DB = 60.0  # where bars of signal over error end


def model_facts(model: Model, name: str, file_bytes: int, fitted: FitResult) -> ModelFacts:
    """What the model is. model: after clean-up."""
    graph = model.main
    kinds = [op.custom_code or op.kind for op in graph.ops]
    return ModelFacts(
        name,
        model_hash(model),
        file_bytes,
        tuple(_port(graph.tensors[t]) for t in graph.inputs),
        tuple(_port(graph.tensors[t]) for t in graph.outputs),
        tuple((kind, kinds.count(kind)) for kind in dict.fromkeys(kinds)),
        model.labels,
        fitted.macs,
        fitted.model_bytes,
        fitted.arena_bytes,
        fitted.state_bytes,
        left_out(graph, leave_out(graph)),
    )


def _port(tensor: Tensor) -> Port:
    quantized = tensor.quantization is not None
    return Port(
        tensor.name,
        tensor.shape,
        tensor.dtype,
        tensor.scale if quantized else None,
        tensor.zero_point if quantized else None,
    )


def accuracy(data: str, found: SimulateResult) -> Accuracy:
    """The confusion matrix by class, where there is one. data: what the samples are called."""
    table = found.confusion_matrix or []
    predicted = [sum(row[k] for row in table) for k in range(len(table))]
    names = (
        found.classes if len(found.classes) == len(table) else tuple(map(str, range(len(table))))
    )
    shown = range(min(len(table), MOST_CLASSES))
    rows = tuple(
        ClassRow(
            names[k],
            tuple(table[k][c] for c in shown),
            tuple(table[k][c] / max(sum(table[k]), 1) for c in shown),
            table[k][k] / sum(table[k]) if sum(table[k]) else None,
            table[k][k] / predicted[k] if predicted[k] else None,
        )
        for k in shown
    )
    return Accuracy(data, found, rows, len(table) - len(rows))


def layer_errors(model: Model, reference: Model, samples: Samples) -> tuple[LayerError, ...]:
    """Signal over error of every layer that the float model has as well. model: after clean-up."""
    pair = pair_models(split_like(reference, model), model)
    measured = measure(pair, samples).figures
    makers = {t: (k, op) for k, op in enumerate(model.main.ops) for t in op.outputs}
    found = []
    for t, i in pair.tensors.items():
        if t in measured and i in makers:
            index, op = makers[i]
            sqnr, own = measured[t].sqnr_db, measured[t].own_db
            name = model.main.tensors[i].name
            found.append(LayerError(index, op.kind, name, sqnr, own, _share(sqnr), _share(own)))
    return tuple(sorted(found, key=lambda layer: layer.index))


def _share(decibels: float) -> float:
    return min(max(decibels / MOST_DB, 0.0), 1.0)


def memory(graph: Graph) -> Memory:
    """The arena over time, as the generated C has it: without channels that no output depends on."""
    program = lower(leave_out(graph).graph)
    plan = plan_arena(program)
    blocks = memory_blocks(program, plan)
    return Memory(arena_rows(blocks, row_names(program), plan.arena_bytes), blocks)


def times(board: BoardFit) -> Times | None:
    """Layers as the board's core executed them, in cycles where they are known, else in instructions;
    None where nothing executes it.
    """
    run = board.run
    if run is None or not any(layer.instructions for layer in run.layers):
        return None
    timed = bool(run.cycle_causes)
    costs = [(layer.cycles if timed else layer.instructions) or 0 for layer in run.layers]
    layers = tuple(
        LayerTime(
            layer.index,
            layer.op,
            layer.name,
            layer.macs,
            layer.instructions,
            layer.cycles if timed else None,
            cost / (sum(costs) or 1),
        )
        for layer, cost in zip(run.layers, costs, strict=True)
    )
    total = sum(run.cycle_causes.values()) or 1
    causes = tuple((cause, cycles / total) for cause, cycles in run.cycle_causes.items())
    return Times(board, run, layers, causes)
