"""Parts of different magnitude that share one scale: features of an input, concatenated parts,
addends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from edgeq.graph import Graph
from edgeq.quantize.quantization_state import is_activation
from edgeq.quantize.scale_groups import fixed_output

JOINS = frozenset({"CONCATENATION", "PACK"})
SUMS = frozenset({"ADD", "SUB"})
FEW = 16
"""Largest axis before a last axis of size 1 that is taken for features and not for image columns."""
MOST = 4096  # features of a tensor that are measured separately


@dataclass(frozen=True)
class Part:
    """A float tensor that is quantized with the scale of the tensor `whole`.

    role: "input" or "output" for the features of one, "joined" for an input of CONCATENATION or
        PACK, "addend" for an operand of ADD or SUB.
    values: the tensor.
    axis: of the features, not counting the batch axis of the samples; None if the part is not
        divided.
    """

    role: str
    values: int
    whole: int
    axis: int | None = None


def parts_sharing_scale(graph: Graph) -> tuple[Part, ...]:
    """All parts of a float graph, in the order of inputs, operators, outputs. Concatenated outputs
    are represented by their parts.
    """
    return (
        *_features(graph, "input", graph.inputs),
        *_joined(graph),
        *_features(graph, "output", _free(graph)),
    )


def _joined(graph: Graph) -> Iterator[Part]:
    for op in graph.ops:
        role = "joined" if op.kind in JOINS else "addend" if op.kind in SUMS else ""
        sources = [
            t for t in dict.fromkeys(op.inputs) if t >= 0 and is_activation(graph.tensors[t])
        ]
        if role and len(sources) > 1:
            yield from (Part(role, t, op.outputs[0]) for t in sources)


def _free(graph: Graph) -> tuple[int, ...]:
    """The outputs without a fixed quantization that are not concatenated of parts."""
    joined = {op.outputs[0] for op in graph.ops if op.kind in JOINS}
    return tuple(
        t for t in graph.outputs if t not in joined and fixed_output(graph, t, "int8") is None
    )


def _features(graph: Graph, role: str, tensors: tuple[int, ...]) -> Iterator[Part]:
    for t in tensors:
        axis = _feature_axis(graph.tensors[t].shape)
        if axis is not None and is_activation(graph.tensors[t]):
            yield Part(role, t, t, axis)


def _feature_axis(shape: tuple[int, ...]) -> int | None:
    """The axis of an input's or output's features: the last; the one before it where the last has
    size 1 and the one before has at most `FEW` entries; None where there is none.
    """
    axis = len(shape) - 1
    if axis > 1 and shape[axis] == 1 and shape[axis - 1] <= FEW:
        axis -= 1
    return axis if axis > 0 and 1 < shape[axis] <= MOST and 0 not in shape else None
