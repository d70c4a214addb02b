"""Graphs of thousands of operators or tensors, which files may hold: planned and written in the
time that people wait.

Processor time, so that a busy machine changes nothing; it is a fraction of the limits on most.
"""

from __future__ import annotations

from time import process_time

import numpy as np
import pytest
from ops.harness import constant, quantized

from edgeq.codegen.native import render_native
from edgeq.graph import Graph, Model, Op
from edgeq.inspection import inspect

SECONDS = 2.0


def additions(count: int, first: bool = False) -> Model:
    """Sums in a row, each of the one before and itself, or of the one before and the model's input."""
    tensors = tuple(quantized(f"y{k}", (1, 8), 0.05) for k in range(count + 1))
    options = (("fused_activation_function", "NONE"),)
    ops = tuple(
        Op("ADD", (k, 0 if first else k), (k + 1,), options, 2, options_type="AddOptions")
        for k in range(count)
    )
    return Model((Graph(tensors, ops, (0,), (count,)),))


def split(count: int) -> Model:
    """One tensor into so many, all of them outputs."""
    parts = tuple(range(2, count + 2))
    tensors = (constant("axis", np.array(1, np.int32)), quantized("x", (1, count)))
    tensors += tuple(quantized(f"y{k}", (1, 1)) for k in range(count))
    op = Op("SPLIT", (0, 1), parts, (("num_splits", count),), 2, options_type="SplitOptions")
    return Model((Graph(tensors, (op,), (1,), parts),))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "arena_bytes"),
    [(additions(1000), 8), (additions(1000, first=True), 16), (split(2000), 4 * 2000 + 2000)],
    ids=["1,000 sums in place", "1,000 sums with the input", "a split into 2,000"],
)
def test_long_graphs_take_no_longer_than_people_wait(model: Model, arena_bytes: int) -> None:
    start = process_time()
    found = inspect(model)
    between = process_time()
    engine = render_native(model, "long")
    assert max(between - start, process_time() - between) < SECONDS
    assert found.arena is not None
    assert found.arena["planned_bytes"] == engine.arena_bytes == arena_bytes
