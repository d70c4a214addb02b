"""Tensors that must share one scale: the ends of views, pooling, padding and concatenation."""

from __future__ import annotations

from collections.abc import Mapping

from edgeq.graph import Graph, Op, Quantization
from edgeq.ops import operator, supported
from edgeq.quantize.state import Quantizing, Range, is_activation


def same_scale(op: Op) -> bool:
    """Whether an operator's outputs have the scale and zero point of its data inputs."""
    return op.kind in supported() and bool(getattr(operator(op.kind), "SAME_SCALE", False))


def prescribed(op: Op, dtype: str) -> Quantization | None:
    """The quantization that TFLite prescribes for an operator's output."""
    outputs = getattr(operator(op.kind), "FIXED_OUTPUT", {}) if op.kind in supported() else {}
    if dtype not in outputs:
        return None
    scale, zero_point = outputs[dtype]
    return Quantization((scale,), (zero_point,))


def fixed_output(graph: Graph, tensor: int, dtype: str) -> Quantization | None:
    """The prescribed quantization of a tensor, looked up through operators with one data input that keep it."""
    makers = graph.makers()
    while tensor in makers:
        op = makers[tensor]
        sources = _data(graph, op)
        if not same_scale(op) or len(sources) != 1:
            return prescribed(op, dtype)
        tensor = sources[0]
    return None


def judged_tensors(graph: Graph) -> tuple[int, ...]:
    """The tensors whose errors tell how good a quantization is: outputs, and what saturating operators make them of.

    A SOFTMAX that is sure of each calibration sample gives the same whatever the layers before it do to its input; on
    unseen samples that are less clear the error of its input decides.
    """
    makers = graph.makers()
    found = list(graph.outputs)
    for t in graph.outputs:
        op = makers.get(t)
        while op is not None and same_scale(op) and len(_data(graph, op)) == 1:
            op = makers.get(_data(graph, op)[0])
        if op is not None and prescribed(op, "int8") is not None:
            found += _data(graph, op)
    return tuple(dict.fromkeys(found))


def groups(graph: Graph) -> tuple[frozenset[int], ...]:
    """The activations, those together that must have one scale; inputs with a prescribed one stay by themselves."""
    group = {t: t for t, tensor in enumerate(graph.tensors) if is_activation(tensor)}

    def root(t: int) -> int:
        while group[t] != t:
            t = group[t]
        return t

    for op in graph.ops:
        if same_scale(op):
            sources = _data(graph, op)
            free = [t for t in sources if len(sources) == 1 or fixed_output(graph, t, "int8") is None]
            ends = [*free, *(t for t in op.outputs if t in group)]
            for t in ends[1:]:
                group[root(t)] = root(ends[0])
    together: dict[int, set[int]] = {}
    for t in group:
        together.setdefault(root(t), set()).add(t)
    return tuple(frozenset(members) for members in together.values())


def shared(graph: Graph, ranges: Mapping[int, Range]) -> dict[int, Range]:
    """The ranges with each group's widened to hold all of its members' and its operators' constants."""
    result = dict(ranges)
    for members in groups(graph):
        known = [ranges[t] for t in members if t in ranges] + _constants(graph, members)
        if known:
            whole = known[0]
            for other in known[1:]:
                whole = whole.widened(other)
            result |= dict.fromkeys(members, whole)
    return result


def choosable(state: Quantizing) -> list[frozenset[int]]:
    """The groups whose range can be chosen, as no operator prescribes it; first computed first."""
    order = {t: n for n, t in enumerate([*state.graph.inputs, *(t for op in state.graph.ops for t in op.outputs)])}
    known = [group for group in groups(state.graph) if all(t in state.ranges for t in group)]
    free = [group for group in known if not any(_fixed(state, t) for t in group)]
    return sorted(free, key=lambda group: min(order.get(t, 0) for t in group))


def _fixed(state: Quantizing, t: int) -> bool:
    """Whether a tensor has no range to choose: prescribed by its operator, or real."""
    dtype = state.dtype(t)
    return dtype == "float32" or fixed_output(state.graph, t, dtype) is not None


def _constants(graph: Graph, members: frozenset[int]) -> list[Range]:
    """Ranges of real constants that operators put among the group's values."""
    found = []
    for op in graph.ops:
        if same_scale(op) and op.outputs[0] in members:
            tensors = [graph.tensors[t] for t in op.inputs if t >= 0]
            arrays = [t.array for t in tensors if t.constant and t.dtype == "float32" and t.size]
            found += [Range(float(a.min()), float(a.max())) for a in arrays]
    return found


def _data(graph: Graph, op: Op) -> list[int]:
    return [t for t in op.inputs if t >= 0 and is_activation(graph.tensors[t])]
