"""Changes that may leave a model which edgeq refuses, and are undone then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from differential.settle import settled
from edgeq.errors import EdgeqError
from edgeq.graph import Graph, Model

Generator = np.random.Generator


def attempt(model: Model, change: Callable[[Graph], Graph]) -> Model:
    """The model after a change of its main graph, or as it was where edgeq refuses the result.

    Raises UnexpectedError where edgeq raises another error than its own.
    """
    try:
        changed = replace(model, graphs=(change(model.main), *model.graphs[1:]))
    except (EdgeqError, Impossible):
        return model
    try:
        return settled(changed)
    except EdgeqError:
        return model
    except Exception as error:
        raise UnexpectedError(changed, f"{type(error).__name__}: {error}") from error


class UnexpectedError(Exception):
    """Checking a model raised what is no EdgeqError."""

    def __init__(self, model: Model, why: str) -> None:
        super().__init__(why)
        self.model, self.why = model, why


class Impossible(Exception):  # noqa: N818 - no error, but no change of that kind either
    """A graph that has nothing to be changed in that way."""


def pick(items: Iterable[object], rng: Generator) -> int:
    """A random index of those for which items are true. Raises Impossible if there is none."""
    found = [i for i, item in enumerate(items) if item]
    if not found:
        raise Impossible
    return int(found[rng.integers(len(found))])
