"""The condition of a loop on the integers that its body carries.

It is computed in float32: TFLM compares int8 in steps of 1/256 (kernels/comparisons.cc) and has no
comparison of int16, so that integers would not meet thresholds which the real values meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeq.graph import Graph, Op, Tensor
from edgeq.quantize.building import Building, dequantized


def condition_on_integers(cond: Graph, given: Sequence[Tensor]) -> Graph:
    """The float condition with inputs as the tensors `given`, and with a DEQUANTIZE for each integer
    one that its operators read.
    """
    tensors = list(cond.tensors)
    for t, tensor in zip(cond.inputs, given, strict=True):
        tensors[t] = replace(tensors[t], dtype=tensor.dtype, quantization=tensor.quantization)
    building = Building(tensors)
    for op in cond.ops:
        building.ops.append(_on_reals(building, op))
    return replace(cond, tensors=tuple(building.tensors), ops=tuple(building.ops))


def _on_reals(building: Building, op: Op) -> Op:
    inputs = tuple(dequantized(building, t) if t >= 0 else t for t in op.inputs)
    return replace(op, inputs=inputs)
