"""What the functions of a SavedModel do beside their results: assignments to variables are kept, as the
state of a model, or left out with all the rest.

What is done for its effect hangs on control inputs. They matter to values in the branches of
TensorFlow 1 as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edgeq.convert.saved_graph import Name, calls_of, control_inputs, data_inputs, node_of
from edgeq.convert.saved_updates import UPDATES, split_update
from edgeq.errors import UnsupportedError

ASSIGN = "AssignVariableOp"
OUTSIDE = frozenset({"Assign", ASSIGN, *UPDATES})
BRANCHING = frozenset({"Switch", "Merge"})
"""Branches of TensorFlow 1."""


def assigning_functions(functions: Mapping[Name, Any]) -> frozenset[Name]:
    """The functions that assign to variables, themselves or by those that they call."""
    found = {
        name
        for name, function in functions.items()
        if any(node.op == ASSIGN or node.op in UPDATES for node in function.node_def)
    }
    while True:
        more = {
            name
            for name, function in functions.items()
            if name not in found
            and any(found.intersection(calls_of(node)) for node in function.node_def)
        }
        if not more:
            return frozenset(found)
        found |= more


def refuse_assignments(nodes: Iterable[Any], what: str) -> None:
    """Raises UnsupportedError where one of the top-level nodes assigns, as graphs of TensorFlow 1 do."""
    if any(node.op in OUTSIDE for node in nodes):
        why = "it assigns variables outside of functions, as TensorFlow 1 saves them"
        remedy = "save it by tf.saved_model.save, with a tf.function as its signature"
        raise UnsupportedError(what, why, remedy)


def drop_effects(function: Any) -> None:
    """Leaves out what a function does beside its results, such as counting up the seeds of layers
    that augment.
    """
    branches = any(node.op in BRANCHING for node in function.node_def)
    nodes = {node.name: node for node in function.node_def}
    kept = _behind(nodes, map(node_of, function.ret.values()), branches)
    _keep(function, nodes, kept, branches)
    function.control_ret.clear()
    del function.signature.control_output[:]


def keep_assignments(function: Any, assigning: frozenset[Name]) -> None:
    """Leaves out what a function does beside its results and assignments, whose order stays.

    assigning: the functions that assign. What is written to a part of a variable, or added to it, is
    computed by nodes of its own.
    """
    for node in list(function.node_def):
        if node.op in UPDATES:
            split_update(function, node)
    nodes = {node.name: node for node in function.node_def}
    effects = [
        name
        for name, node in nodes.items()
        if node.op == ASSIGN or assigning.intersection(calls_of(node))
    ]
    branches = any(node.op in BRANCHING for node in nodes.values())
    kept = _behind(nodes, [*map(node_of, function.ret.values()), *effects], branches)
    for name in kept:
        data = data_inputs(nodes[name])
        before = sorted(_kept_before(nodes, name, kept))
        del nodes[name].input[:]
        nodes[name].input.extend([*data, *(f"^{other}" for other in before)])
    _keep(function, nodes, kept, True)
    function.control_ret.clear()
    del function.signature.control_output[:]
    for name in effects:
        function.control_ret[name] = name
        function.signature.control_output.append(name)


def _behind(nodes: Mapping[Name, Any], ends: Iterable[Name], control: bool) -> set[Name]:
    """The ends and the nodes that they need. control: whether those of control inputs count."""
    kept: set[Name] = set()
    pending = list(ends)
    while pending:
        name = pending.pop()
        if name in nodes and name not in kept:
            kept.add(name)
            pending += map(node_of, nodes[name].input if control else data_inputs(nodes[name]))
    return kept


def _kept_before(nodes: Mapping[Name, Any], name: Name, kept: set[Name]) -> Iterator[Name]:
    """The kept nodes that control inputs of a node put before it, through nodes that are left out."""
    pending = [*map(node_of, control_inputs(nodes[name]))]
    seen: set[Name] = set()
    while pending:
        other = pending.pop()
        if other in seen or other not in nodes:
            continue
        seen.add(other)
        if other in kept:
            yield other
        else:
            pending += [node_of(x) for x in nodes[other].input]


def _keep(function: Any, nodes: Mapping[Name, Any], kept: set[Name], control: bool) -> None:
    """Leaves the kept nodes in a function. control: whether their control inputs stay."""
    left = [node for name, node in nodes.items() if name in kept]
    for node in left if not control else ():
        data = data_inputs(node)
        del node.input[:]
        node.input.extend(data)
    del function.node_def[:]
    function.node_def.extend(left)
