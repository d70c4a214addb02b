"""Groups of tensors that must share one scale: inputs and outputs of views, pooling, padding and
concatenation.
"""

from __future__ import annotations

from collections.abc import Mapping

from edgeq.graph import Graph, Op, Quantization
from edgeq.ops import operator, supported
from edgeq.quantize.quantization_state import QuantizationState, Range, is_activation
from edgeq.quantize.real_chains import real_chains


def same_scale(op: Op) -> bool:
    """Whether an operator's outputs must have the scale and zero point of its data inputs."""
    return op.kind in supported() and operator(op.kind).same_scale


def prescribed(op: Op, dtype: str) -> Quantization | None:
    """The quantization that TFLite's specification fixes for an operator's output, None where it
    fixes none.
    """
    outputs = operator(op.kind).fixed_output if op.kind in supported() else {}
    if dtype not in outputs:
        return None
    scale, zero_point = outputs[dtype]
    return Quantization((scale,), (zero_point,))


def fixed_output(graph: Graph, tensor: int, dtype: str) -> Quantization | None:
    """The fixed quantization of a tensor, None if it has none. Operators with one data input that
    keep its scale are looked through.
    """
    makers = graph.makers()
    while tensor in makers:
        op = makers[tensor]
        sources = _data(graph, op)
        if not same_scale(op) or len(sources) != 1:
            return prescribed(op, dtype)
        tensor = sources[0]
    return None


def compared_tensors(graph: Graph) -> tuple[int, ...]:
    """The tensors by which a quantized model is compared with the float model: its outputs, and the
    inputs of output operators that saturate, such as SOFTMAX.

    A SOFTMAX that is certain of every calibration sample hides errors of its input, which would
    matter for less certain samples.
    """
    found = [*graph.outputs, *(t for y in graph.outputs for t in _saturated_inputs(graph, y))]
    return tuple(dict.fromkeys(found))


def saturated_tensors(graph: Graph) -> frozenset[int]:
    """The outputs of operators that saturate, and the inputs of these operators: a large value that is
    clipped there changes little.
    """
    inputs = {y: _saturated_inputs(graph, y) for y in graph.outputs}
    return frozenset(t for y, read in inputs.items() if read for t in (y, *read))


def _saturated_inputs(graph: Graph, output: int) -> tuple[int, ...]:
    """The inputs of the operator that makes an output if it saturates; operators that keep its scale
    are looked through.
    """
    makers = graph.makers()
    op = makers.get(output)
    while op is not None and same_scale(op) and len(_data(graph, op)) == 1:
        op = makers.get(_data(graph, op)[0])
    return () if op is None or prescribed(op, "int8") is None else tuple(_data(graph, op))


def scale_groups(graph: Graph) -> tuple[frozenset[int], ...]:
    """All activations, grouped by the operators that require one scale; inputs of multi-input
    operators with a fixed quantization are groups of their own. Operators of `real_chains` require
    none.
    """
    reals = {k for chain in real_chains(graph) for k in chain.ops}
    group = {t: t for t, tensor in enumerate(graph.tensors) if is_activation(tensor)}

    def root(t: int) -> int:
        while group[t] != t:
            t = group[t]
        return t

    for k, op in enumerate(graph.ops):
        if same_scale(op) and k not in reals:
            sources = _data(graph, op)
            free = [
                t for t in sources if len(sources) == 1 or fixed_output(graph, t, "int8") is None
            ]
            ends = [*free, *(t for t in op.outputs if t in group)]
            for t in ends[1:]:
                group[root(t)] = root(ends[0])
    together: dict[int, set[int]] = {}
    for t in group:
        together.setdefault(root(t), set()).add(t)
    return tuple(frozenset(members) for members in together.values())


def unify_ranges(graph: Graph, ranges: Mapping[int, Range]) -> dict[int, Range]:
    """The ranges, each widened to that of its scale group: the union of its members' ranges and of
    its operators' constants.
    """
    result = dict(ranges)
    for members in scale_groups(graph):
        known = [ranges[t] for t in members if t in ranges] + _constants(graph, members)
        if known:
            whole = known[0]
            for other in known[1:]:
                whole = whole.widened(other)
            result |= dict.fromkeys(members, whole)
    return result


def free_groups(state: QuantizationState) -> list[frozenset[int]]:
    """The groups whose range can be chosen, because no operator fixes it, in the order in which
    they are computed.
    """
    order = {
        t: n
        for n, t in enumerate(
            [*state.graph.inputs, *(t for op in state.graph.ops for t in op.outputs)]
        )
    }
    known = [group for group in scale_groups(state.graph) if all(t in state.ranges for t in group)]
    free = [group for group in known if not any(_fixed(state, t) for t in group)]
    return sorted(free, key=lambda group: min(order.get(t, 0) for t in group))


def _fixed(state: QuantizationState, t: int) -> bool:
    """Whether a tensor has no range to choose: it stays float, or an operator fixes its
    quantization.
    """
    dtype = state.dtype(t)
    return dtype == "float32" or fixed_output(state.graph, t, dtype) is not None


def _constants(graph: Graph, members: frozenset[int]) -> list[Range]:
    """Ranges of float constants that operators of the group, such as PADV2, write into its tensors.

    Those of operators that clamp or choose are left out: where no sample reaches them, such as 1e12
    in front of a division, the range would keep nothing of what is below.
    """
    found = []
    for op in graph.ops:
        if same_scale(op) and op.outputs[0] in members and not operator(op.kind).clamps:
            tensors = [graph.tensors[t] for t in op.inputs if t >= 0]
            arrays = [t.array for t in tensors if t.constant and t.dtype == "float32" and t.size]
            found += [Range(float(a.min()), float(a.max())) for a in arrays]
    return found


def _data(graph: Graph, op: Op) -> list[int]:
    return [t for t in op.inputs if t >= 0 and is_activation(graph.tensors[t])]
