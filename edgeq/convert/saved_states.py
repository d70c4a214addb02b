"""The state of a SavedModel: variables that it assigns and that its outputs depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from edgeq.convert.augmentation import draws, operators_behind
from edgeq.convert.backend import imported, tensorflow
from edgeq.convert.kept_variables import frozen_but
from edgeq.convert.saved_assignments import ASSIGN, assigning_functions
from edgeq.convert.saved_graph import calls_of, node_of

Variables = Mapping[str, Any]
"""The name by which a function has a variable -> the variable."""


def with_states(
    assigning: Callable[..., Any], specs: Sequence[Any]
) -> tuple[Any, Variables] | None:
    """The function of a SavedModel with its state as inputs of type resource behind the others, all
    other variables as constants; and its state. None for a model without state.

    What seeds of random numbers count is no state, nor is what no output depends on; these are not
    assigned.
    """
    tf = tensorflow()

    def call(*tensors: Any) -> Any:
        return tf.nest.flatten(assigning(*tensors))

    function = tf.function(call, autograph=False).get_concrete_function(*specs)
    captured = {inner.op.name: given for given, inner in function.graph.captures}
    handles = {id(variable.handle): variable for variable in function.variables}
    variables = {name: handles[id(h)] for name, h in captured.items() if id(h) in handles}
    seen = frozen_but(function, variables)
    written = {name for op in _assignments(seen) for name in _variables(op)}
    made = frozen_but(function, {n: v for n, v in variables.items() if n in written})
    states = _states(made)
    if not states:
        return None
    whole = _without_others(made, states)
    resources = [t.op.name for t in whole.inputs if t.dtype.name == "resource"]
    return whole, {name: variables[name] for name in resources}


def _assignments(function: Any) -> list[Any]:
    """The operators that assign variables: at once, or in functions that branches and loops call."""
    library = {f.signature.name: f for f in function.graph.as_graph_def().library.function}
    assigning = assigning_functions(library)
    return [
        op
        for op in function.graph.get_operations()
        if op.type == ASSIGN or assigning.intersection(calls_of(op.node_def))
    ]


def _variables(op: Any) -> set[str]:
    """The names of the inputs that an operator takes as variables."""
    handles = [t.op for t in op.inputs if t.dtype.name == "resource"]
    return {_passed(handle) for handle in handles}


def _passed(handle: Any) -> str:
    while handle.type == "Identity":
        handle = handle.inputs[0].op
    return str(handle.name)


def _states(function: Any) -> set[str]:
    """The variables that outputs depend on, at once or by what is assigned to others of them."""
    assigned = _assignments(function)
    written = {name for op in assigned for name in _variables(op)}
    found = set[str]()
    pending = list(function.outputs)
    while True:
        new = (_read(pending) & written) - found
        if not new:
            return found
        found |= new
        pending = [t for op in assigned if new & _variables(op) for t in _values(op)]


def _values(op: Any) -> list[Any]:
    """The inputs of an operator that are no variables."""
    return [t for t in op.inputs if t.dtype.name != "resource"]


def _read(tensors: Iterable[Any]) -> set[str]:
    """The variables that tensors depend on, but for those that random numbers are drawn by."""
    pending, seen, found = [t.op for t in tensors], set[str](), set[str]()
    while pending:
        op = pending.pop()
        if op.name in seen or draws(op):
            continue
        seen.add(op.name)
        found |= _variables(op)
        pending += [t.op for t in op.inputs]
    return found


def _without_others(function: Any, states: set[str]) -> Any:
    """The function without assignments to anything but its states."""
    wrapping = imported("tensorflow.python.eager.wrap_function")
    assigned = [op for op in _assignments(function) if states & _variables(op)]
    kept = {op.name for op in operators_behind([*(t.op for t in function.outputs), *assigned])}
    kept |= {op.name for op in function.graph.get_operations() if op.type == "NoOp"}
    kept |= {t.op.name for t in function.inputs if t.dtype.name != "resource"}
    graph = function.graph.as_graph_def()
    part = type(graph)(versions=graph.versions, library=graph.library)
    part.node.extend(node for node in graph.node if node.name in kept)
    for node in part.node:
        inputs = [x for x in node.input if node_of(x) in kept]
        del node.input[:]
        node.input.extend(inputs)
    needed = [t for t in function.inputs if t.op.name in kept]
    made = wrapping.function_from_graph_def(
        part, [t.name for t in needed], [t.name for t in function.outputs]
    )
    for x, given in zip(made.inputs, needed, strict=True):
        x.set_shape(given.shape)
    return made
