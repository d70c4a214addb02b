"""SELECT of tensors with one shape as SELECT_V2, the only one of the two that TFLM runs."""

from __future__ import annotations

from dataclasses import replace

from edgeq.graph import Graph, Model, Op
from edgeq.quantize.quantization_state import replace_main


def with_select_v2(model: Model) -> Model:
    """The model with SELECT_V2 for each SELECT whose inputs have one shape; values stay the same."""
    graph = model.main
    ops = tuple(_select_v2(graph, op) for op in graph.ops)
    return replace_main(model, replace(graph, ops=ops))


def _select_v2(graph: Graph, op: Op) -> Op:
    alike = len({graph.tensors[t].shape for t in op.inputs if t >= 0}) == 1
    if op.kind != "SELECT" or not alike:
        return op
    return replace(op, kind="SELECT_V2", version=1, options_type="SelectV2Options")
