"""Information attached to TensorFlow tensors while a model is traced, in the way of Keras's masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

KNOWN = "_edgeq_known"
LOGITS = "_keras_logits"  # attribute from which Keras's cross-entropies take logits


@dataclass(frozen=True, eq=False)
class GridInfo:
    """How a tensor's values are quantized.

    scale: of the grid that the values lie on, float32; None if unknown.
    sums: accumulators that the integer kernel requantizes, float64; None if unknown.
    unit: real value of 1 in `sums`.
    divisor: what the kernel divides `sums` by.
    low, high: bounds of a fused activation.
    pooled: `sums` are averages in units of `scale`.
    """

    scale: Any = None
    sums: Any = None
    unit: Any = None
    divisor: int = 1
    low: float = float("-inf")
    high: float = float("inf")
    pooled: bool = False


def grid_info(x: Any) -> GridInfo:
    """The information attached to a tensor."""
    found = getattr(x, KNOWN, None)
    return found if isinstance(found, GridInfo) else GridInfo()


def with_grid_info(y: Any, what: GridInfo, logits: Any = None) -> Any:
    """The tensor y with information attached.

    logits: of probabilities y, for Keras's cross-entropies: a probability quantized to 0 has no
        gradient of its own.
    """
    if tf.is_tensor(y):
        setattr(y, KNOWN, what)
        if logits is not None:
            setattr(y, LOGITS, logits)
    return y
