"""Arithmetic on integers that TFLite has with a scale alone: of 8 and 16 bits it is computed on int32, and
cut to the bits that TensorFlow keeps of it; BiasAdd, by which Keras adds a vector, is a sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

NARROW = frozenset({"int8", "uint8", "int16", "uint16"})
INTEGERS = NARROW | {"int32", "int64"}
FUNCTIONS: Mapping[str, str] = {
    "Add": "add",
    "AddV2": "add",
    "BiasAdd": "add",
    "Sub": "subtract",
    "Mul": "multiply",
    "Minimum": "minimum",
    "Maximum": "maximum",
    "FloorMod": "math.floormod",
    "FloorDiv": "math.floordiv",
    "Neg": "negative",
    "Abs": "abs",
    "Equal": "equal",
    "NotEqual": "not_equal",
    "Less": "less",
    "LessEqual": "less_equal",
    "Greater": "greater",
    "GreaterEqual": "greater_equal",
    "SelectV2": "where",
}
"""Operator -> TensorFlow's function of it."""


def widened(operation: Any) -> Callable[[Any, Any, Sequence[Any]], Any] | None:
    """What stands for an operator on such integers, as of `replaced_operators`; None for others."""
    types = {t.dtype.name for t in operation.inputs}
    name = FUNCTIONS.get(operation.type)
    biased = operation.type == "BiasAdd" and types & INTEGERS
    if name is None or not (types & NARROW or biased):
        return None
    if biased and operation.get_attr("data_format") != b"NHWC":
        return None

    def replacement(tf: Any, operation: Any, inputs: Sequence[Any]) -> Any:
        compute = tf
        for part in name.split("."):
            compute = getattr(compute, part)
        y = compute(*(tf.cast(x, tf.int32) if x.dtype.name in NARROW else x for x in inputs))
        return tf.cast(y, operation.outputs[0].dtype)

    return replacement
