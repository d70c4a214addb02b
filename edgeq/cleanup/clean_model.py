"""A model after clean-up beside the model as it was given, tensor by tensor."""

from __future__ import annotations

from dataclasses import dataclass

from edgeq.graph import Model

NEW = -1


@dataclass(frozen=True)
class CleanModel:
    """A model after clean-up.

    model: after clean-up.
    given: before; what interpreters run when the two are compared.
    origins: for each graph and each of its tensors in `model`, the index of that tensor in `given`;
        `NEW` for one that clean-up made.
    """

    model: Model
    given: Model
    origins: tuple[tuple[int, ...], ...]


def as_given(model: Model) -> CleanModel:
    """The model without any clean-up."""
    origins = tuple(tuple(range(len(graph.tensors))) for graph in model.graphs)
    return CleanModel(model, model, origins)
