"""Scales within the limits of integer operators, for activations that are nearly constant or
enormous.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, takewhile

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Op, Quantization, Tensor
from edgeq.ops import bind

LEAST, MOST = 2.0**-110, 2.0**110  # scales that are tried, well within float32


def accepts(tensors: Sequence[Tensor], op: Op) -> bool:
    """Whether an operator's integer arithmetic supports the scales of its tensors."""
    outputs = tuple(t for t in op.outputs if not tensors[t].variable)
    try:
        bind(Graph(tuple(tensors), (op,), (), outputs))
    except UnsupportedError:
        return False
    return True


def nearest_accepted_scale(tensors: Sequence[Tensor], op: Op, t: int) -> Quantization | None:
    """The quantization of tensor t, scaled by as few doublings (else halvings) as possible, with
    which the operator supports it; None if no scale works.

    The zero point is unchanged, so that 0 stays exact.
    """
    tensor = tensors[t]
    if tensor.quantization is None:
        return None
    changed = list(tensors)
    for factor in _factors(max(tensor.quantization.scale), min(tensor.quantization.scale)):
        changed[t] = replace(tensor, quantization=scaled(tensor.quantization, factor))
        if accepts(changed, op):
            return changed[t].quantization
    return None


def scaled(quantization: Quantization, factor: float) -> Quantization:
    """A quantization with its scales multiplied by a factor and its zero points unchanged."""
    return replace(quantization, scale=tuple(scale * factor for scale in quantization.scale))


def _factors(largest: float, smallest: float) -> Iterator[float]:
    """Powers of two from 2 up, then from 1/2 down, while the scales stay within `LEAST` and `MOST`."""
    yield from takewhile(lambda factor: largest * factor <= MOST, (2.0**k for k in count(1)))
    yield from takewhile(lambda factor: smallest * factor >= LEAST, (2.0**-k for k in count(1)))
