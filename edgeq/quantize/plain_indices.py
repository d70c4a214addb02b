"""Indices as they come, where no sample is negative.

Keras lets negative indices of Embedding and take count from the end: where(i < 0, i + n, i), on
int32, which TFLM cannot select. Of inputs whose samples hold none, the three operators go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.quantization_state import replace_main

INDICES = ("int32", "int64")


def with_plain_indices(model: Model, samples: Samples) -> Model:
    """The model without the wrapping of negative indices where all samples of the input are 0 or
    more. Operators that nothing reads any more are gone.
    """
    graph = model.main
    plain = {
        t
        for t, x in zip(graph.inputs, samples.inputs, strict=True)
        if graph.tensors[t].dtype in INDICES and np.all(x.astype(np.int64) >= 0)
    }
    makers = graph.makers()
    wraps = {op.outputs[0]: op for op in graph.ops if _wrapped(op, graph.tensors, makers) in plain}
    if not wraps:
        return model
    gone = {id(op) for op in wraps.values()}
    gone |= {id(makers[t]) for op in wraps.values() for t in op.inputs[:2] if _read(graph, t) == 1}
    ops = (
        replace(op, inputs=tuple(wraps[t].inputs[2] if t in wraps else t for t in op.inputs))
        for op in graph.ops
        if id(op) not in gone
    )
    return replace_main(model, replace(graph, ops=tuple(ops)))


def _read(graph: Graph, t: int) -> int:
    return sum(op.inputs.count(t) for op in graph.ops) + graph.outputs.count(t)


def _wrapped(op: Op, tensors: Sequence[Tensor], makers: Mapping[int, Op]) -> int | None:
    """The index i that an operator makes where(i < 0, i + n, i) of; None for other operators."""
    if op.kind not in ("SELECT", "SELECT_V2") or len(op.inputs) != 3:
        return None
    test, moved = (makers.get(t) for t in op.inputs[:2])
    i = op.inputs[2]
    if test is None or test.kind != "LESS" or test.inputs[0] != i:
        return None
    if moved is None or moved.kind != "ADD" or i not in moved.inputs:
        return None
    bound = tensors[test.inputs[1]]
    return i if bound.constant and not bound.array.any() else None
