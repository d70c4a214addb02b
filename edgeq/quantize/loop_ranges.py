"""Scales in and around loops: a carried value has one from step to step, and the tensors before and
behind a loop have those that its body computes with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgeq.graph import Graph, Quantization
from edgeq.quantize.quantization_state import QuantizationState, Range, is_activation
from edgeq.quantize.scale_groups import fixed_output, scale_groups

LIMITS: Mapping[str, tuple[int, int]] = {"int8": (-128, 127), "int16": (-32767, 32767)}


def with_carried_ranges(state: QuantizationState) -> QuantizationState:
    """The state with one range for both ends of each of its carried values: that which an operator
    fixes for its end, else the union of all in their scale groups.
    """
    graph, ranges = state.graph, dict(state.ranges)
    for members in _joined(graph, state.carried):
        fixed = next(
            (q for t in members if (q := fixed_output(graph, t, state.dtype(t))) is not None), None
        )
        known = [ranges[t] for t in sorted(members) if t in ranges]
        if not known and fixed is None:
            continue
        whole = known[0] if known else Range(0.0, 0.0)
        for other in known[1:]:
            whole = whole.widened(other)
        dtype = state.dtype(min(members))
        ranges |= dict.fromkeys(members, whole if fixed is None else covered(fixed, dtype))
    return state.with_ranges(ranges)


def with_loop_ranges(state: QuantizationState) -> QuantizationState:
    """The state in which what loops give has the range that their bodies compute with, and so has what
    they take where no operator fixes it; the first loop decides.
    """
    if not state.loops:
        return state
    graph, found = state.graph, dict[int, Range]()
    group_of = {t: group for group in scale_groups(graph) for t in group}
    for op in graph.ops:
        loop = state.loops.get(op.regions)
        if loop is None:
            continue
        body = loop.body
        for ends, inner in ((op.outputs, body.outputs), (loop.taken(op), body.inputs)):
            for t, i in zip(ends, inner, strict=True):
                tensor = body.tensors[i]
                same = t in group_of and tensor.dtype == state.dtype(t)
                if same and t not in found and not _is_fixed(state, group_of[t]):
                    assert tensor.quantization is not None
                    range_ = covered(tensor.quantization, tensor.dtype)
                    found |= dict.fromkeys(group_of[t], range_)
    return state.with_ranges(found)


def covered(quantization: Quantization, dtype: str) -> Range:
    """The real values that a quantization can represent."""
    scale, zero_point = quantization.scale[0], quantization.zero_point[0]
    low, high = LIMITS[dtype]
    return Range(scale * (low - zero_point), scale * (high - zero_point))


def _is_fixed(state: QuantizationState, members: frozenset[int]) -> bool:
    return any(fixed_output(state.graph, t, state.dtype(t)) is not None for t in members)


def _joined(graph: Graph, pairs: Sequence[tuple[int, int]]) -> list[set[int]]:
    """The scale groups that carried values are in, those of both ends of a value together."""
    group_of = {t: set(group) for group in scale_groups(graph) for t in group}
    for pair in pairs:
        whole = set[int]().union(*(group_of[t] for t in pair if is_activation(graph.tensors[t])))
        for t in whole:
            group_of[t] = whole
    return list({id(group_of[t]): group_of[t] for t in sum(pairs, ()) if t in group_of}.values())
