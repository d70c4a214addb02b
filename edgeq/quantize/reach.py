"""Scales that operators can compute with: where values hardly vary, or are enormous, ranges alone ask for others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, takewhile

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Op, Quantization, Tensor
from edgeq.ops import bind

LEAST, MOST = 2.0**-110, 2.0**110  # scales that are tried, well within float32


def accepted(tensors: Sequence[Tensor], op: Op) -> bool:
    """Whether an operator computes with its tensors as they are."""
    try:
        bind(Graph(tuple(tensors), (op,), (), op.outputs))
    except UnsupportedError:
        return False
    return True


def fitting_scale_of(tensors: Sequence[Tensor], op: Op, t: int) -> Quantization | None:
    """The scale of a tensor, of as few doublings or else halvings as can be, with which an operator accepts it.

    The zero point stays, so 0 stays exact. None where no scale of this tensor helps.
    """
    tensor = tensors[t]
    if tensor.quantization is None:
        return None
    changed = list(tensors)
    for factor in _factors(max(tensor.quantization.scale), min(tensor.quantization.scale)):
        changed[t] = replace(tensor, quantization=scaled(tensor.quantization, factor))
        if accepted(changed, op):
            return changed[t].quantization
    return None


def scaled(quantization: Quantization, factor: float) -> Quantization:
    """A quantization with its scales multiplied and its zero points kept."""
    return replace(quantization, scale=tuple(scale * factor for scale in quantization.scale))


def _factors(largest: float, smallest: float) -> Iterator[float]:
    """Powers of two from 2 up, then from 1/2 down, as far as scales stay within `LEAST` and `MOST`."""
    yield from takewhile(lambda factor: largest * factor <= MOST, (2.0**k for k in count(1)))
    yield from takewhile(lambda factor: smallest * factor >= LEAST, (2.0**-k for k in count(1)))
