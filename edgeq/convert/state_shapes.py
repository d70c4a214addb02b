"""The shapes of variables that are inputs of a TensorFlow graph: TensorFlow does not know them there, and
gives what is read of them no shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edgeq.convert.backend import tensorflow
from edgeq.convert.saved_graph import calls_of, data_inputs, node_of

READING = "ReadVariableOp"
Shapes = Mapping[str, Any]
"""An input of a graph or function that stands for a variable -> the variable's shape."""


def state_shapes(graph: Any, shapes: Shapes) -> None:
    """Lets each node of a graph that reads one of the variables give its shape, and those of the
    functions that its branches and loops call.
    """
    functions = {f.signature.name: f for f in graph.library.function}
    done = set[str]()
    pending = [(graph.node, shapes)]
    while pending:
        nodes, known = pending.pop()
        for called, inner in _calls(nodes, known, functions):
            if called not in done:
                done.add(called)
                pending.append((functions[called].node_def, inner))
                _state_in_function(functions[called], inner)
    _state_in_graph(graph, shapes)


def _calls(
    nodes: Iterable[Any], shapes: Shapes, functions: Mapping[str, Any]
) -> Iterator[tuple[str, Shapes]]:
    """The functions that nodes call with variables, and what their own inputs stand for."""
    by_name = {node.name: node for node in nodes}
    for node in by_name.values():
        given = [shapes.get(_source_of(by_name, x)) for x in data_inputs(node)]
        if not any(shape is not None for shape in given):
            continue
        for name in set(calls_of(node)) & functions.keys():
            names = [arg.name for arg in functions[name].signature.input_arg]
            ends = zip(reversed(names), reversed(given), strict=False)  # IF has a condition first
            yield name, {arg: shape for arg, shape in ends if shape is not None}


def _state_in_graph(graph: Any, shapes: Shapes) -> None:
    by_name = {node.name: node for node in graph.node}
    for node in list(graph.node):
        shape = shapes.get(_source_of(by_name, node.input[0])) if node.op == READING else None
        if shape is not None:
            name, node.name = node.name, f"{node.name}/value"
            _reshape(graph.node, name, node, "", shape)


def _state_in_function(function: Any, shapes: Shapes) -> None:
    by_name = {node.name: node for node in function.node_def}
    for node in list(function.node_def):
        shape = shapes.get(_source_of(by_name, node.input[0])) if node.op == READING else None
        if shape is None:
            continue
        old, new = f"{node.name}:value:0", f"{node.name}/stated:output:0"
        for other in function.node_def:
            for at, x in enumerate(other.input):
                other.input[at] = new if x == old else x
        for name, x in function.ret.items():
            function.ret[name] = new if x == old else x
        _reshape(function.node_def, f"{node.name}/stated", node, ":value:0", shape)


def _reshape(nodes: Any, name: str, read: Any, output: str, shape: Any) -> None:
    """Adds a node of a name that gives what another has read its shape. output: how that node's output
    is called behind its name.
    """
    tf = tensorflow()
    sizes = nodes.add(name=f"{name}/shape", op="Const")
    sizes.attr["dtype"].type = tf.int32.as_datatype_enum
    sizes.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(shape.as_list(), "int32"))
    given = f"{sizes.name}:output:0" if output else sizes.name
    stated = nodes.add(name=name, op="Reshape", input=[f"{read.name}{output}", given])
    stated.attr["T"].CopyFrom(read.attr["dtype"])


def _source_of(nodes: Mapping[str, Any], tensor: str) -> str:
    """The node or input that a tensor comes from, through nodes that pass their input on."""
    name = node_of(tensor)
    while name in nodes and nodes[name].op == "Identity":
        name = node_of(nodes[name].input[0])
    return name
