"""One module per TFLite operator, found by its name: CONV_2D lives in `conv_2d.py`."""

from __future__ import annotations

from builtins import sum as total  # a submodule may be called `sum`
from collections.abc import Container, Sequence
from functools import cache, lru_cache
from importlib import import_module
from pkgutil import iter_modules

import numpy as np

from edgeq.errors import ModelError, UnsupportedError, shown
from edgeq.graph import Graph, Op
from edgeq.opkit.checks import check_types, parse_attributes
from edgeq.opkit.contract import Operator
from edgeq.opkit.legal import (
    AFTER_SHAPES,
    BEFORE_SHAPES,
    MAX_WORK,
    ONE_BY_ONE,
    PER_OPERATOR,
    check_computable,
    check_node,
)
from edgeq.opkit.node import Node, Region, Shape, Values, describe, unsupported
from edgeq.opkit.operator_module import read_operator
from edgeq.opkit.variants import Kernels
from edgeq.unsupported import refuse


@lru_cache(maxsize=1)
def supported() -> frozenset[str]:
    """The operators that edgeq computes, in TFLite's spelling: the modules of this package."""
    return frozenset(module.name.upper() for module in iter_modules(__path__))


@cache
def operator(kind: str) -> Operator:
    """What the module of a supported operator declares. Raises EdgeqError if the module breaks the
    contract.
    """
    return read_operator(import_module(f"{__name__}.{kind.lower()}"))


def kernels() -> Kernels:
    """The kernels of all operators that choose among several by variant, operators in alphabetical
    order.
    """
    tables = (operator(kind).kernels for kind in sorted(supported()))
    return {variant: kernel for table in tables for variant, kernel in table.items()}


def count_macs(node: Node) -> int | None:
    """Multiply-accumulates of a node per inference, of a branch or loop those of its regions; None for
    operators without weights, or with weights of an invalid rank. The node need not be bound.
    """
    count, role = operator(node.kind).macs, operator(node.kind).weights
    if count is None or not node.outputs:
        return None
    if role is None:
        return count(node)
    weights = node.optional(role.weights)
    return count(node) if weights is not None and len(weights.shape) == role.rank else None


def bind(graph: Graph) -> tuple[Node, ...]:
    """The graph's operators with their tensors, each checked by its module before anything is
    computed.

    Raises UnsupportedError, naming every operator that has no module or the first layer that its
    module refuses, and ModelError if a tensor's shape is not the one that its operator computes.
    """
    missing = [op for op in graph.ops if op.kind not in supported()]
    if missing:
        raise refuse(graph, missing, "edgeq does not compute them")
    check_computable(graph)
    nodes = tuple(bind_one(graph, index) for index in range(len(graph.ops)))
    _check_work(nodes)
    return nodes


def compute(
    graph: Graph, nodes: Sequence[Node], values: dict[int, Values], keep: Container[int]
) -> None:
    """Runs nodes of a graph one after the other on tensor index -> [samples, *shape], to which it
    adds their outputs; what is not in `keep` is dropped after its last use.
    """
    last_use = {t: node.index for node in nodes for t in graph.ops[node.index].inputs}
    for node in nodes:
        op = graph.ops[node.index]
        given = (values[t] if t >= 0 else None for t in op.inputs)
        with np.errstate(all="ignore"):  # infinities and NaN are results
            result = operator(node.kind).simulate(node, *given)
        results = result if isinstance(result, tuple) else (result,)
        values |= dict(zip(op.outputs, results, strict=True))
        for t in {*op.inputs, *op.outputs} - {-1}:
            if last_use.get(t, -1) <= node.index and t not in keep:
                del values[t]


@lru_cache(maxsize=64)
def bind_region(graph: Graph) -> Region:
    """A region of an operator, its operators checked. Raises what `bind` raises, and
    UnsupportedError for variables, which regions do not keep.
    """
    if graph.states:
        what = f'the subgraph "{shown(graph.name)}" keeps "{shown(graph.tensors[graph.states[0]].name)}"'
        why = "variables of branches and loops are not supported"
        raise UnsupportedError(what, why, "keep state outside of branches and loops")
    nodes = bind(graph)
    constants = {t: x.array[None] for t, x in enumerate(graph.tensors) if x.constant}

    def run(inputs: Sequence[Values], outputs: Sequence[int] | None = None) -> list[Values]:
        wanted = graph.outputs if outputs is None else outputs
        values = constants | dict(zip(graph.inputs, inputs, strict=True))
        compute(graph, needed_nodes(graph, nodes, wanted), values, set(wanted))
        return [values[t] for t in wanted]

    takes = total(max(work(node), PER_OPERATOR) for node in nodes)
    return Region(graph, nodes, run, takes, total(count_macs(node) or 0 for node in nodes))


def needed_nodes(graph: Graph, nodes: Sequence[Node], outputs: Sequence[int]) -> tuple[Node, ...]:
    """The nodes, in their order, that the tensors `outputs` are computed by."""
    needed, found = set(outputs), list[Node]()
    for node in reversed(nodes):
        op = graph.ops[node.index]
        if needed.intersection(op.outputs):
            needed.update(op.inputs)
            found.append(node)
    return tuple(reversed(found))


def resolve(graph: Graph, index: int) -> Node:
    """One operator with its tensors and options, unchecked but for its regions; its kind must be
    supported.
    """
    op = graph.ops[index]
    known = operator(op.kind)
    return Node(
        index,
        op.kind,
        parse_attributes(known.attributes, op, known.options, layer_name(graph, index)),
        tuple(graph.tensors[i] if i >= 0 else None for i in op.inputs),
        tuple(graph.tensors[i] for i in op.outputs),
        tuple((name, bind_region(region)) for name, region in op.regions),
        tuple(graph.tensors[i] for i in op.intermediates if i >= 0),
    )


def node_and_shapes(graph: Graph, index: int) -> tuple[Node, tuple[Shape, ...]]:
    """One operator of a supported kind, and the shapes that it gives its outputs, which those of
    the file need not be.

    Raises UnsupportedError and ModelError as `bind` does.
    """
    node = resolve(graph, index)
    known, version = operator(node.kind), graph.ops[index].version
    check_node(BEFORE_SHAPES, node)
    if known.internal_state is not None:
        known.internal_state(node)  # where there can be no variable, this says why
    _check_state(graph, node, known)
    if not 1 <= version <= known.newest_version:
        why = f"it is version {version} of the operator, TFLite knows 1 to {known.newest_version}"
        raise unsupported(node, why, "convert the model again")
    check_types(node, known.types, _restarting(node, known))
    with np.errstate(all="ignore"):  # a factor beyond float32 is infinite, and refused as too large
        return node, known.output_shapes(node)


def bind_one(graph: Graph, index: int) -> Node:
    """One operator of a supported kind, checked; see `bind`."""
    node, expected = node_and_shapes(graph, index)
    got = tuple(t.shape for t in node.outputs)
    if expected != got:
        raise ModelError(
            f"{describe(node)} has outputs of shape {list(got)}",
            f"its inputs and options give {list(expected)}",
            "convert the model again",
        )
    check_node(AFTER_SHAPES, node)
    return node


def _check_state(graph: Graph, node: Node, known: Operator) -> None:
    """Refuses variables where the operator takes none, and others where it takes a variable."""
    starts = _restarting(node, known)
    for position, t in enumerate(graph.ops[node.index].inputs):
        kept = t in graph.states
        if kept and position not in known.state:
            why = f'it keeps "{shown(graph.tensors[t].name)}" from one inference to the next'
            raise unsupported(node, why)
        if position in known.state and not kept and starts < len(known.state):
            why = f"its input {position} is no variable, which it keeps its state in"
            raise unsupported(node, why, "convert the model again")


def _restarting(node: Node, known: Operator) -> int:
    """How many of the operator's variables start anew at each inference."""
    if not known.restarts:
        return 0
    given = (node.optional(position) for position in known.state)
    return total(tensor is not None and tensor.restarts for tensor in given)


def _check_work(nodes: tuple[Node, ...]) -> None:
    works = {node.index: work(node) for node in nodes}
    if total(works.values()) > MAX_WORK:
        most = max(nodes, key=lambda node: works[node.index])
        raise UnsupportedError(
            f"{describe(most)} is too large",
            f"it takes as long as {works[most.index]:,} multiply-accumulates of {total(works.values()):,}, of at most "
            f"{MAX_WORK:,}",
            "make the model smaller",
        )


def work(node: Node) -> int:
    """The simulation time of a node, in multiply-accumulates of integer matrix products."""
    own = operator(node.kind).work
    if own is not None:
        return own(node)
    return (count_macs(node) or 0) * (ONE_BY_ONE if node.output.dtype == "float32" else 1)


def layer_name(graph: Graph, index: int) -> str:
    """The name of a layer in messages: `layer 3, CONV_2D "conv/Relu"`."""
    op = graph.ops[index]
    return f'layer {index}, {shown(op.custom_code or op.kind)} "{shown(_first_output(graph, op))}"'


def _first_output(graph: Graph, op: Op) -> str:
    return graph.tensors[op.outputs[0]].name if op.outputs else ""
