"""Values of a graph's tensors that no sample changes, by running the operators that make them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from edgeq.convert.backend import tensorflow

LARGEST = 16  # values of a tensor that is computed, such as a shape or a factor
DEEPEST = 32  # operators behind each other


def constant_value(tensor: Any, depth: int = DEEPEST) -> Any:
    """The array of a tensor that is constant, or is computed from constants and shapes that are known;
    None for others, and for more than `LARGEST` computed values.
    """
    tf, operation = tensorflow(), tensor.op
    known = tf.get_static_value(tensor)
    size = tensor.shape.num_elements()
    if known is not None or not depth or not operation.inputs or size is None or size > LARGEST:
        return known
    if operation.type == "Shape":
        shape = operation.inputs[0].shape
        type_ = tensor.dtype.as_numpy_dtype
        return type_(shape.as_list()) if shape.rank and shape.is_fully_defined() else None
    given = [constant_value(t, depth - 1) for t in operation.inputs]
    return None if any(value is None for value in given) else computed(operation, given)[0]


def computed(operation: Any, given: Sequence[Any]) -> list[Any]:
    """The arrays that an operator of a graph makes of others, with the attributes that it has there."""
    tf, left = tensorflow(), list(given)
    run = getattr(tf.raw_ops, operation.type)
    taken = inspect.signature(run).parameters
    arguments = {
        a.name: operation.get_attr(a.name) for a in operation.op_def.attr if a.name in taken
    }
    for argument in operation.op_def.input_arg:
        count = operation.get_attr(argument.number_attr) if argument.number_attr else 1
        values, left = left[:count], left[count:]
        arguments[argument.name] = values if argument.number_attr else values[0]
    with tf.init_scope():
        return [y.numpy() for y in tf.nest.flatten(run(**arguments))]
