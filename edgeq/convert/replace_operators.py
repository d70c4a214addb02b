"""A frozen TensorFlow function without operators that TFLite has no form of, where others can
compute the same (`replaced_operators`).

TFLite's converter gets the result; the function that it is compared with stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgeq.convert.backend import imported, tensorflow
from edgeq.convert.constant_values import constant_value
from edgeq.convert.narrow_integers import widened
from edgeq.convert.replaced_operators import REPLACEMENTS, Replacement

COUNTING = frozenset({"OneHot", "DenseBincount"})  # which compare indices, of any type
TINIEST = float(np.finfo(np.float32).tiny)


def with_known_operators(frozen: Any) -> Any:
    """The frozen function with replaced operators; itself where there is nothing to replace."""
    graph = frozen.graph.as_graph_def(add_shapes=False)
    changed = [*_replaced(frozen.graph, graph), *_without_negative_zeros(frozen.graph, graph)]
    return function_of(frozen, graph) if changed else frozen


def _replaced(graph: Any, nodes: Any) -> Iterator[str]:
    """Lets nodes call a function in place of their operator; yields their names."""
    for node in nodes.node:
        operation = graph.get_operation_by_name(node.name)
        replacement = REPLACEMENTS.get(node.op) or widened(operation)
        if replacement is None:
            continue
        if not all(t.shape.is_fully_defined() for t in operation.inputs):
            continue
        given = [_narrow(t) if node.op in COUNTING else t for t in operation.inputs]
        traced = _traced(replacement, operation, given)
        if traced is None:
            continue
        _become_call(nodes, node, traced, operation, given)
        yield node.name


def _narrow(tensor: Any) -> Any:
    """What a tensor of int64 was cast from where that is int32: TFLM casts nothing to int64."""
    cast = tensor.op
    if cast.type != "Cast" or tensor.dtype.name != "int64":
        return tensor
    return cast.inputs[0] if cast.inputs[0].dtype.name == "int32" else tensor


def _traced(replacement: Replacement, operation: Any, given: Sequence[Any]) -> Any:
    """The replacement as a concrete function of inputs of these types; None where it does not hold."""
    tf = tensorflow()
    known = [constant_value(t) for t in given]

    def call(*tensors: Any) -> Any:
        read = (t if c is None else tf.constant(c) for t, c in zip(tensors, known, strict=True))
        return replacement(tf, operation, list(read))

    specs = [tf.TensorSpec(t.shape, t.dtype) for t in given]
    traced = tf.function(call, autograph=False).get_concrete_function(*specs)
    return traced if traced.outputs else None


def _constant(tensor: Any) -> Any:
    """The value of a constant tensor of a graph, None for others."""
    return tensorflow().get_static_value(tensor)


def _become_call(nodes: Any, node: Any, traced: Any, operation: Any, given: Sequence[Any]) -> None:
    """Lets a node of a graph call a traced function on the given tensors."""
    nodes.library.function.append(traced.function_def)
    nodes.library.function.extend(traced.graph.as_graph_def().library.function)
    node.op = "PartitionedCall"
    for k, (tensor, was) in enumerate(zip(given, operation.inputs, strict=True)):
        if tensor is not was:
            node.input[k] = tensor.name
    for key in list(node.attr):
        del node.attr[key]
    node.attr["f"].func.name = traced.function_def.signature.name
    node.attr["Tin"].list.type.extend(t.dtype.as_datatype_enum for t in given)
    node.attr["Tout"].list.type.extend(t.dtype.as_datatype_enum for t in operation.outputs)


def _without_negative_zeros(graph: Any, nodes: Any) -> Iterator[str]:
    """Lets x stand for where(x is -0, -tiny, x), which Keras writes before ARG_MAX and sorting, with
    operators on bits. The two differ by less than the smallest normal number.
    """
    for node in nodes.node:
        if node.op not in ("Select", "SelectV2"):
            continue
        _, chosen, other = graph.get_operation_by_name(node.name).inputs
        value = _constant(chosen)
        if value is None or value.dtype.kind != "f" or not np.all(np.abs(value) <= TINIEST):
            continue
        if not _only_for_zeros(graph.get_operation_by_name(node.name).inputs[0], other):
            continue
        source, kind = node.input[2], node.attr["T"].type
        node.op = "Identity"
        del node.input[:]
        node.input.append(source)
        for key in list(node.attr):
            del node.attr[key]
        node.attr["T"].type = kind
        yield node.name


def _only_for_zeros(condition: Any, x: Any) -> bool:
    """Whether a condition is (x == 0) and something else."""
    if condition.op.type != "LogicalAnd":
        return False
    tests = [t.op for t in condition.op.inputs if t.op.type == "Equal"]
    return any(_is_zero_test([*test.inputs], x) for test in tests)


def _is_zero_test(operands: Sequence[Any], x: Any) -> bool:
    """Whether x is compared with 0. operands: the two inputs of the comparison."""
    others = [_constant(t) for t in operands if t is not x]
    return len(others) == 1 and others[0] is not None and not np.any(others[0])


def function_of(frozen: Any, nodes: Any, with_effects: bool = False) -> Any:
    """A concrete function of the part of a graph that the outputs need, with its calls inlined.

    Inputs and outputs are those of the frozen function, under their names. with_effects: whether
    functions that do more than compute their results are inlined, too.
    """
    utilities = tensorflow().compat.v1.graph_util
    wrapping = imported("tensorflow.python.eager.wrap_function")
    constants = imported("tensorflow.python.framework.convert_to_constants")
    ends = [t.op.name for t in (*frozen.inputs, *frozen.outputs)]
    part = utilities.extract_sub_graph(nodes, list(dict.fromkeys(ends)))
    read, made = ([t.name for t in ends] for ends in (frozen.inputs, frozen.outputs))
    function = wrapping.function_from_graph_def(part, read, made)
    for x, given in zip(function.inputs, frozen.inputs, strict=True):
        x.set_shape(given.shape)
    return constants.convert_variables_to_constants_v2(function, aggressive_inlining=with_effects)
