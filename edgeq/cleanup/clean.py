"""The rules of clean-up in their order, applied until none changes anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from edgeq.cleanup.absent_bias import drop_absent_bias
from edgeq.cleanup.budget import Budget
from edgeq.cleanup.carried_values import drop_carried_values
from edgeq.cleanup.clean_model import NEW, CleanModel, as_given
from edgeq.cleanup.computed_weights import multiply_computed_weights
from edgeq.cleanup.dead_operators import remove_dead_operators
from edgeq.cleanup.fold_decode import fold_decode
from edgeq.cleanup.forward import settle_forward
from edgeq.cleanup.internal_state import add_internal_state
from edgeq.cleanup.last_results import move_last_results
from edgeq.cleanup.list_updates import update_lists
from edgeq.cleanup.long_slices import shorten_slices
from edgeq.cleanup.padding import fold_padding
from edgeq.cleanup.quantize_pairs import cancel_quantize_pairs
from edgeq.cleanup.region_constants import constants_into_regions
from edgeq.cleanup.region_shapes import within_regions
from edgeq.cleanup.reshape_pairs import cancel_reshape_pairs
from edgeq.cleanup.single_steps import inline_single_steps
from edgeq.cleanup.tiles import spread_tiles
from edgeq.cleanup.transpose_pairs import cancel_transpose_pairs
from edgeq.graph import Graph, Model, ModelSource, as_model
from edgeq.graph.compact import compacted, used_tensors
from edgeq.graph.nested import nested
from edgeq.graph.variables import HANDLE

Rule = Callable[[Graph], Graph]
"""A graph -> the same function with fewer operators, or with operators that more runtimes have. Tensors
keep their indices and their values; new ones stand behind them: constants, views, and the variables of
operators that keep their own.
"""

RULES: tuple[Rule, ...] = (
    fold_decode,
    spread_tiles,
    shorten_slices,
    cancel_transpose_pairs,
    cancel_reshape_pairs,
    cancel_quantize_pairs,
    fold_padding,
    update_lists,
    constants_into_regions,
    drop_carried_values,
    move_last_results,
    inline_single_steps,
    drop_absent_bias,
    multiply_computed_weights,
    remove_dead_operators,
    add_internal_state,
)
"""Applied in this order after the forward pass that settles shapes and constants."""

ROUNDS = 4  # a cancelled pair may leave another; more than these no known converter writes


def cleaned(source: ModelSource) -> Model:
    """The model of a source after clean-up. Raises the errors of `as_model`."""
    return clean_up(as_model(source)).model


def clean_up(model: Model) -> CleanModel:
    """The model after clean-up; inputs, outputs and their order stay.

    A model in which nothing is to be cleaned comes back itself. Time and memory are bounded: what
    folding computes by `Budget`, everything else by the model's size.
    """
    budget = Budget()
    model = with_known_values(model, budget)
    graphs = tuple(_settled(graph, budget) for graph in model.graphs)
    changed = replace(model, graphs=graphs)
    kept = tuple(used_tensors(graph) for graph in graphs)
    if all(map(_unchanged, graphs, model.graphs, kept)):
        return as_given(model)
    origins = tuple(map(_origins, kept, model.graphs))
    return CleanModel(compacted(changed, kept), model, origins)


def with_known_values(model: Model, budget: Budget | None = None) -> Model:
    """The model with variables as tensors where other subgraphs compute their initial values from
    constants, which interpreters then get as constants as well.
    """
    if not any(op.kind == HANDLE for op in model.main.ops):
        return model
    left = budget or Budget()
    others = (_settled(graph, left) for graph in model.graphs[1:])
    found = nested(replace(model, graphs=(model.main, *others)))
    return model if any(op.kind == HANDLE for op in found.main.ops) else found


def _settled(graph: Graph, budget: Budget) -> Graph:
    for _ in range(ROUNDS):
        before, graph = graph, settle_forward(graph, budget)
        for rule in RULES:
            graph = rule(graph)
        graph = within_regions(graph, lambda region: _settled(region, budget))
        if graph == before:
            break
    return graph


def _unchanged(after: Graph, before: Graph, kept: tuple[int, ...]) -> bool:
    return len(kept) == len(before.tensors) and after == before


def _origins(kept: tuple[int, ...], before: Graph) -> tuple[int, ...]:
    return tuple(index if index < len(before.tensors) else NEW for index in kept)
