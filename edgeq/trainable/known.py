"""What travels along with a tensor while TensorFlow traces a model, as Keras's masks do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

KNOWN = "_edgeq_known"
LOGITS = "_keras_logits"  # where Keras's cross-entropies look for the logits of probabilities


@dataclass(frozen=True, eq=False)
class Known:
    """scale: of the grid that the values lie on, float32.

    sums, unit, divisor: the integers, float64, that the integer kernel rounds to its output after a division, and what
    1 of them is worth. low, high: bounds of a fused activation. pooled: sums are means instead, of the scale's steps.
    """

    scale: Any = None
    sums: Any = None
    unit: Any = None
    divisor: int = 1
    low: float = float("-inf")
    high: float = float("inf")
    pooled: bool = False


def known(x: Any) -> Known:
    """What is known of a tensor."""
    found = getattr(x, KNOWN, None)
    return found if isinstance(found, Known) else Known()


def knowing(y: Any, what: Known, logits: Any = None) -> Any:
    """The tensor y with what is known of it.

    Without its logits a probability that is quantized to 0 would have no gradient in a cross-entropy.
    """
    if tf.is_tensor(y):
        setattr(y, KNOWN, what)
        if logits is not None:
            setattr(y, LOGITS, logits)
    return y
