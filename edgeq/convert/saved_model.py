"""A SavedModel folder -> a callable on tensors and the model's inputs, without running an
initializer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from edgeq.convert.backend import imported, quietly, tensorflow
from edgeq.convert.keras_model import Callee, input_spec
from edgeq.convert.saved_assignments import (
    assigning_functions,
    drop_effects,
    keep_assignments,
    refuse_assignments,
)
from edgeq.convert.saved_graph import REMEDY, Name, SavedGraph, read_saved_graph
from edgeq.convert.saved_variables import read_variables
from edgeq.convert.tensor_sizes import check_tensor_sizes
from edgeq.data import InputSpec
from edgeq.errors import EdgeqError

Call = Callable[..., Any]


def load_saved_model(path: Path) -> Callee:
    """The serving signature of a SavedModel, with variables of the values in its checkpoint.

    TensorFlow gets the nodes that the signature's outputs need and nothing else: no initializer and
    no restoring function is ever run. Raises EdgeqError for operators that are not on the list of
    `saved_operators`, for a broken folder, and without a signature to choose.
    """
    graph = read_saved_graph(path)
    nodes, functions = graph.run
    refuse_assignments((graph.nodes[name] for name in nodes), f"model {path.name}")
    values = read_variables(graph, nodes, path)
    names = sorted(graph.signature.inputs, key=_natural)
    inputs = tuple(_input(name, graph.signature.inputs[name], path.name) for name in names)
    outputs = sorted(graph.signature.outputs, key=_natural)
    what = f"model {path.name}"
    variables = quietly(
        what, REMEDY, lambda: {name: tensorflow().Variable(value) for name, value in values.items()}
    )
    part = _part(graph, nodes, functions, drop_effects)
    quietly(what, REMEDY, lambda: check_tensor_sizes(part, what))
    fed = [graph.signature.inputs[name].name for name in names]
    read = [graph.signature.outputs[name].name for name in outputs]
    assigning = assigning_functions({name: graph.functions[name] for name in functions})
    whole = _part(graph, nodes, functions, partial(keep_assignments, assigning=assigning))
    return Callee(
        _importing(part, fed, read, variables),
        inputs,
        tuple(outputs),
        framework="the SavedModel",
        assigning=_importing(whole, fed, read, variables) if assigning else None,
    )


def _natural(name: str) -> tuple[str, int]:
    """Sorts output_2 before output_10, as `model.export` numbers a list."""
    stem, number = re.fullmatch(r"(.*?)(\d*)", name, re.S).groups()  # type: ignore[union-attr]
    return stem, int(number or 0)


def _input(name: str, info: Any, model: str) -> InputSpec:
    if info.tensor_shape.unknown_rank:
        raise EdgeqError(
            f"model {model}: input {name!r}", "its shape is open", "export it with a fixed shape"
        )
    shape = [None if dim.size < 0 else dim.size for dim in info.tensor_shape.dim]
    return input_spec(name, shape, tensorflow().dtypes.as_dtype(info.dtype).name, model)


def _part(
    graph: SavedGraph,
    nodes: Iterable[Name],
    functions: Iterable[Name],
    reduce: Callable[[Any], None],
) -> Any:
    """The nodes and functions as a graph of their own, for any device. reduce: leaves out of a
    function what it does beside what counts.
    """
    schema = imported("tensorflow.core.framework.graph_pb2")
    part = schema.GraphDef(versions=graph.meta.graph_def.versions)
    part.node.extend(graph.nodes[name] for name in sorted(nodes))
    part.library.function.extend(graph.functions[name] for name in sorted(functions))
    for function in part.library.function:
        reduce(function)
    for node in [
        *part.node,
        *(node for function in part.library.function for node in function.node_def),
    ]:
        node.device = ""
        node.attr.pop("_class", None)
        node.attr.pop("_output_shapes", None)  # of loops they change where variables are frozen
    return part


def _importing(
    part: Any, fed: Sequence[Name], read: Sequence[Name], variables: Mapping[Name, Any]
) -> Call:
    """A function of tensors that imports the graph into the TensorFlow function being traced.

    fed, read: tensors of the graph. variables: by the node of the graph that stands for each; the
    variable's handle takes its place, or its value where the node is a reference of TensorFlow 1.
    """
    tf = tensorflow()
    handles = {node.name for node in part.node if node.op == "VarHandleOp"}
    replaced = {*variables, *(name.split(":")[0] for name in fed)}
    needed = type(part)(versions=part.versions, library=part.library)
    needed.node.extend(node for node in part.node if node.name not in replaced)

    def call(*tensors: Any) -> Any:
        graph = tf.compat.v1.get_default_graph()
        given = dict(zip(fed, tensors, strict=True))
        for number, (name, variable) in enumerate(variables.items()):
            graph.watch_variable(variable)
            # The name ends up in the .tflite; without one TensorFlow takes a number that counts up
            # in a process.
            captured = (
                graph.capture(variable.handle, f"variable_{number}") if name in handles else None
            )
            given[f"{name}:0"] = variable.read_value() if captured is None else captured
        used = {_tensor(x) for node in needed.node for x in node.input}
        inside = [name for name in read if name not in given]
        mapped = {name: tensor for name, tensor in given.items() if name in used}
        made = tf.graph_util.import_graph_def(needed, mapped, inside, name="imported")
        found = given | dict(zip(inside, made, strict=True))
        return [found[name] for name in read]

    return call


def _tensor(name: Name) -> Name:
    return name if ":" in name else f"{name}:0"
