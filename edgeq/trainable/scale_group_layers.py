"""The fake quantization layers of a float model: one for all tensors that share a scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from edgeq.graph import Graph, Op
from edgeq.quantize.quantization_state import (
    Floats,
    QuantizationState,
    is_activation,
)
from edgeq.quantize.scale_groups import fixed_output, same_scale, scale_groups, unify_ranges
from edgeq.trainable.fake_quantize_layer import FakeQuantize

BITS = {"int8": 8, "int16": 16}


def scale_group_layers(state: QuantizationState, learned: bool, track: bool) -> dict[int, Any]:
    """Activation -> its fake quantization layer; those of one scale share a layer, float ones have
    none.
    """
    found: dict[int, Any] = {}
    ranges = unify_ranges(state.graph, state.ranges)
    for number, members in enumerate(sorted(map(sorted, scale_groups(state.graph)))):
        dtype = state.dtype(members[0])
        if dtype == "float32":
            continue
        fixed = fixed_output(state.graph, members[0], dtype)
        made = FakeQuantize(
            BITS[dtype],
            sites=_sites(state.graph, members),
            learns=learned,
            track=track,
            tensors=members,
            fixed=None if fixed is None else (fixed.scale[0], float(fixed.zero_point[0])),
            name=f"quantize_{number}",
            dtype="float32",
        )
        if fixed is None:
            for values in _constants(state.graph, members):
                made.include(float(values.min(initial=0)), float(values.max(initial=0)))
            if members[0] in ranges:
                made.start(ranges[members[0]].low, ranges[members[0]].high)
        found |= dict.fromkeys(members, made)
    return found


def _constants(graph: Graph, members: Sequence[int]) -> list[Floats]:
    """Float constants that operators of a scale group write into its tensors, such as padding
    values.
    """
    inputs = [
        graph.tensors[t]
        for op in graph.ops
        if same_scale(op) and op.outputs[0] in members
        for t in op.inputs
    ]
    return [np.asarray(x.array, np.float64) for x in inputs if x.constant and x.dtype == "float32"]


def _sites(graph: Graph, members: Sequence[int]) -> int:
    """Number of ranges that a scale group tracks: of inputs, of outputs of operators that change
    the scale, and of inputs that are requantized to the group's scale.
    """
    fed = len(set(members) & set(graph.inputs))
    computed = sum(not same_scale(op) and t in members for op in graph.ops for t in op.outputs)
    joined = sum(
        len(inputs_of_other_scale(graph, op, members))
        for op in graph.ops
        if op.outputs[0] in members
    )
    return fed + computed + joined


def inputs_of_other_scale(graph: Graph, op: Op, members: Sequence[int]) -> list[int]:
    """The inputs of an operator that keeps scales which are not in its output's scale group."""
    inputs = [t for t in op.inputs if t >= 0 and is_activation(graph.tensors[t])]
    return [t for t in inputs if t not in members] if same_scale(op) else []
