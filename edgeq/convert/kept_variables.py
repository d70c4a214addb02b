"""Variables that a model writes, such as the states of stateful layers: they stay variables in the
.tflite, while all others become constants.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.convert.backend import imported
from edgeq.convert.state_shapes import state_shapes
from edgeq.errors import UnsupportedError, shown
from edgeq.graph import DTYPES, Graph, Model, Op, Tensor
from edgeq.graph.region_variables import with_region_variables
from edgeq.graph.variables import ASSIGN, READ, RESOURCE

KEPT = ("float32", "int32", "int64", "int8", "uint8", "bool")  # what TFLite reads of variables
STATED = "RESHAPE"  # what is made of a read variable to state its shape
Initial = Mapping[str, npt.NDArray[Any]]
"""The name by which a function has a variable -> its values before the first inference."""


def written_variables(function: Any) -> dict[str, Any]:
    """The variables that a concrete function assigns, by the names of their placeholders."""
    written = {
        op.inputs[0].name.split(":")[0]
        for op in function.graph.get_operations()
        if op.type.startswith("Assign") and op.type.endswith("VariableOp")
    }
    handles = {id(variable.handle): variable for variable in function.variables}
    return {
        inner.op.name: handles[id(given)]
        for given, inner in function.graph.captures
        if inner.op.name in written and id(given) in handles
    }


def refuse_types(variables: Mapping[str, Any]) -> None:
    """Raises UnsupportedError where one of the variables that stay is of a type that TFLite has not."""
    for variable in variables.values():
        if variable.dtype.name not in KEPT:
            what = f'the variable "{shown(variable.name)}" is {variable.dtype.name}'
            why = "TFLite keeps none of that type from one inference to the next"
            raise UnsupportedError(what, why, f"make it one of {', '.join(KEPT)}")


def frozen_but(function: Any, kept: Mapping[str, Any]) -> Any:
    """The function with all variables as constants but the `kept` ones, which become inputs of type
    resource behind the others.

    TensorFlow's `convert_variables_to_constants_v2` freezes all; what it is made of takes names to
    leave.
    """
    module = imported("tensorflow.python.framework.convert_to_constants")
    names = {*kept, *(variable.name for variable in kept.values())}
    data = module._FunctionConverterDataInEager(
        func=function,
        lower_control_flow=False,
        aggressive_inlining=False,
        variable_names_denylist=names,
    )
    graph, inputs = module._replace_variables_by_constants(converter_data=data)
    state_shapes(graph, {name: variable.shape for name, variable in kept.items()})
    return module._construct_concrete_function(function, graph, inputs)


def with_kept_variables(model: Model, initial: Initial) -> Model:
    """The model with variables in place of the inputs that stand for them; they begin with
    `initial`. An operator that reads one gives its shape, which the converter leaves open.
    """
    values = {_plain(name): value for name, value in initial.items()}
    resources = {
        t: values[_plain(name)]
        for signature in model.signatures[:1]
        for name, t in signature.inputs
        if model.main.tensors[t].dtype == RESOURCE and _plain(name) in values
    }
    kept = replace(model, graphs=(_with_variables(model.main, resources), *model.graphs[1:]))
    return with_region_variables(kept) or kept


def _plain(name: str) -> str:
    """A name as TensorFlow writes it where it takes letters and digits alone."""
    return re.sub(r"\W", "_", name)


def _with_variables(graph: Graph, resources: Mapping[int, npt.NDArray[Any]]) -> Graph:
    tensors, ops = list(graph.tensors), list[Op]()
    for t, value in resources.items():
        tensors[t] = _variable(tensors[t].name, value)
    read, instead = set[int](), dict[int, int]()
    for op in graph.ops:
        op = replace(op, inputs=tuple(instead.get(t, t) for t in op.inputs))
        variable = op.inputs[0] if op.inputs else -1
        if variable in resources and op.kind == READ:
            (y,) = op.outputs
            shape = tensors[variable].shape
            tensors[y] = replace(tensors[y], shape=shape, shape_signature=None)
            read.add(y)
        if variable in resources and op.kind == ASSIGN:
            op = replace(op, outputs=(variable,))
        if variable in read and _states_shape(graph, op, tensors[variable].shape):
            instead[op.outputs[0]] = variable
        else:
            ops.append(op)
    inputs = tuple(t for t in graph.inputs if t not in resources)
    return replace(graph, tensors=tuple(tensors), ops=tuple(ops), inputs=inputs)


def _states_shape(graph: Graph, op: Op, shape: tuple[int, ...]) -> bool:
    """Whether an operator gives a value of this shape its shape, and no output of the graph."""
    (y, *_) = op.outputs
    return op.kind == STATED and y not in graph.outputs and graph.tensors[y].shape == shape


def _variable(name: str, value: npt.NDArray[Any]) -> Tensor:
    initial = np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes()
    dtype = next(kind for kind, known in DTYPES.items() if known == value.dtype)
    return Tensor(name, value.shape, dtype, variable=True, initial=initial)
