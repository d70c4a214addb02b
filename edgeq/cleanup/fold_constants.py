"""Constant folding: an operator whose inputs are all constant is computed by its own simulation."""

from __future__ import annotations

import numpy as np

from edgeq.cleanup.budget import Budget, worth_flash
from edgeq.cleanup.single import Constants, Single
from edgeq.errors import EdgeqError
from edgeq.graph import DTYPES
from edgeq.ops import bind_one, operator, supported, work


def fold_by_simulation(single: Single, budget: Budget) -> Constants | None:
    """The outputs of an operator that edgeq computes, of constant inputs; None for others, and where
    the constants would be much larger than what they are made of or take too long.
    """
    if not single.constant or single.op.kind not in supported():
        return None
    try:
        node = bind_one(single.graph, 0)
        given = [t for t in node.inputs if t is not None]
        elements = sum(t.size for t in (*given, *node.outputs))
        flash = worth_flash(sum(t.nbytes for t in given), sum(t.nbytes for t in node.outputs))
        if not flash or not budget.take(elements + work(node)):
            return None
        inputs = (None if t is None else t.array[None] for t in node.inputs)
        result = operator(node.kind).simulate(node, *inputs)
    except EdgeqError:  # raised again, with the layer's name, where the graph is bound
        return None
    results = result if isinstance(result, tuple) else (result,)
    return tuple(
        np.ascontiguousarray(value[0], DTYPES[tensor.dtype]).reshape(tensor.shape)
        for value, tensor in zip(results, node.outputs, strict=True)
    )
