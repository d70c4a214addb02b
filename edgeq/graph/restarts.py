"""Variables that start anew at each inference, as the state of a layer that keeps none.

TFLite knows only variables that are kept: a layer like LSTM wants its state in them. A file of
edgeq's lists those that are to start anew, and interpreters of it are reset before each inference.
In a model such a tensor is a constant, what it starts from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgeq.graph.decode import damaged
from edgeq.graph.model import DTYPES, Graph, Model, Tensor
from edgeq.graph.variables import initial_bytes, with_variables

ENTRY = "edgeq.restarts"
"""The metadata entry: int32 indices of tensors of the main graph."""


def with_restarts(model: Model) -> Model:
    """The model of a file with the tensors of its entry as constants, and without the entry.

    Raises ModelError for an entry that names something else than variables.
    """
    content = dict(model.metadata).get(ENTRY)
    if content is None:
        return model
    named = _indices(content)
    tensors = list(model.main.tensors)
    for t in named:
        if not (0 <= t < len(tensors) and _is_plain(tensors[t])):
            raise damaged(f"its metadata {ENTRY} names tensor {t}, which is no variable")
        begun = initial_bytes(tensors[t])
        tensors[t] = replace(tensors[t], variable=False, buffer=begun, restarts=True)
    main = replace(model.main, tensors=tuple(tensors))
    others = tuple(entry for entry in model.metadata if entry[0] != ENTRY)
    return replace(model, graphs=(main, *model.graphs[1:]), metadata=others)


def stored_restarts(model: Model) -> Model:
    """The model as a file has it, the inverse of `with_restarts`."""
    named = restarting(model.main)
    if not named:
        return model
    tensors = list(model.main.tensors)
    for t in named:
        tensors[t] = replace(tensors[t], variable=True, buffer=None, restarts=False)
    entry = (ENTRY, np.array(named, "<i4").tobytes())
    main = replace(model.main, tensors=tuple(tensors))
    return replace(model, graphs=(main, *model.graphs[1:]), metadata=(*model.metadata, entry))


def with_kept(model: Model) -> Model:
    """The model with variables that are kept in place of those that start anew, for programs that
    know no others.
    """
    stored = stored_restarts(model)
    metadata = tuple(entry for entry in stored.metadata if entry[0] != ENTRY)
    return with_variables(replace(stored, metadata=metadata))


def with_all_restarting(model: Model) -> Model:
    """The model with every variable of its main graph that is no resource starting anew."""
    graph = model.main
    named = {t for t in graph.states if graph.tensors[t].initial is None}
    tensors = list(graph.tensors)
    for t in named:
        begun = initial_bytes(tensors[t])
        tensors[t] = replace(tensors[t], variable=False, buffer=begun, restarts=True)
    ops = tuple(
        replace(op, outputs=tuple(t for t in op.outputs if t not in named)) for op in graph.ops
    )
    main = replace(graph, tensors=tuple(tensors), ops=ops)
    return replace(model, graphs=(main, *model.graphs[1:]))


def restarting(graph: Graph) -> tuple[int, ...]:
    """The tensors of a graph that start anew at each inference."""
    return tuple(t for t, tensor in enumerate(graph.tensors) if tensor.restarts)


def _is_plain(tensor: Tensor) -> bool:
    """Whether a tensor is a variable of numbers that is no resource."""
    return tensor.variable and tensor.initial is None and tensor.dtype in DTYPES


def _indices(content: bytes) -> Sequence[int]:
    if len(content) % 4:
        raise damaged(f"its metadata {ENTRY} has {len(content)} bytes, not 4 for each tensor")
    indices: list[int] = np.frombuffer(content, "<i4").tolist()
    return indices
