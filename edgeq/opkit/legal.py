"""Tables of rules that a graph and its layers must keep to be computed, whatever their operators.

`edgeq.graph.tensor_rules` and `graph_rules` say what a legal file is; these rules say which legal graphs are computed.
`edgeq.ops.bind` applies them before operator modules read any tensor, so that these need not handle
empty tensors, missing inputs or outputs, or sizes of gigabytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from edgeq.errors import EdgeqError, ModelError, UnsupportedError, shown
from edgeq.graph import Graph, Tensor
from edgeq.graph.rule import Rule
from edgeq.opkit.node import Node, describe

T = TypeVar("T")

PORT_TYPES = (
    "int8",
    "uint8",
    "int16",
    "int32",
    "uint32",
    "int64",
    "uint64",
    "float32",
    "bool",
)
"""Types of model inputs and outputs: what operators take, and what C, its tests and NumPy can hold.
"""

MAX_ELEMENTS = 1 << 24
"""Of one computed tensor, and of an input with the border that windows read: what simulating takes
stays below 1 GB.
"""
MAX_COMPUTED_BYTES = (
    1 << 28
)  # of all computed tensors together, which are held at once to compare every tensor
MAX_WORK = (
    1 << 34
)  # multiply-accumulates of one inference: seconds for the simulator, minutes for a microcontroller
ONE_BY_ONE = 4  # how much longer it takes what is no product of integer matrices: floats, depthwise filters, pooling


PER_OPERATOR = 10_000  # what a call of an operator in a loop takes at least


def _computed(graph: Graph) -> set[int]:
    return {*graph.inputs, *(t for op in graph.ops for t in op.outputs)}.difference(graph.states)


def _ports(graph: Graph) -> Iterator[Tensor]:
    return (graph.tensors[t] for t in (*graph.inputs, *graph.outputs))


def _given(graph: Graph) -> Iterator[Tensor]:
    """The tensors that no layer computes: inputs, and outputs that are constants."""
    constants = (t for t in graph.outputs if graph.tensors[t].constant)
    return (graph.tensors[t] for t in (*graph.inputs, *constants))


def _odd_port(graph: Graph) -> Tensor | None:
    return next((tensor for tensor in _ports(graph) if tensor.dtype not in PORT_TYPES), None)


def _several_scales(graph: Graph) -> Tensor | None:
    """An input or output whose values have other scales from slice to slice; None if there is none."""
    per_channel = (t for t in _ports(graph) if t.quantization and t.quantization.per_channel)
    return next(per_channel, None)


def _state(graph: Graph) -> Tensor | None:
    """An output that is neither computed nor constant, so that it would keep its value between
    inferences; None if there is none.
    """
    computed = _computed(graph)
    return next(
        (
            graph.tensors[t]
            for t in graph.outputs
            if t not in computed and not graph.tensors[t].constant
        ),
        None,
    )


def _empty(tensors: Iterable[Tensor | None]) -> Tensor | None:
    return next((tensor for tensor in tensors if tensor is not None and tensor.size == 0), None)


def _data(node: Node) -> Iterator[Tensor]:
    """The node's inputs without constant integer lists such as axes or a shape, which may be empty."""
    given = (tensor for tensor in node.inputs if tensor is not None)
    return (
        tensor for tensor in given if not tensor.constant or tensor.dtype not in ("int32", "int64")
    )


_NONE = Tensor("", (0,), "int8")


def _largest(graph: Graph) -> Tensor:
    return max(
        (graph.tensors[t] for t in _computed(graph)), key=lambda tensor: tensor.size, default=_NONE
    )


def _computed_bytes(graph: Graph) -> int:
    return sum(graph.tensors[t].nbytes for t in _computed(graph))


def _named(tensor: Tensor | None) -> str:
    return (
        "" if tensor is None else f'"{shown(tensor.name)}" is {tensor.dtype} {list(tensor.shape)}'
    )


GRAPH_RULES: tuple[Rule[Graph], ...] = (
    Rule(lambda g: len(g.outputs) > 0, lambda _: "it has no outputs", lambda _: "one or more"),
    Rule(
        lambda g: _odd_port(g) is None,
        lambda g: f"its input or output {_named(_odd_port(g))}",
        lambda _: f"inputs and outputs of {', '.join(PORT_TYPES)}",
    ),
    Rule(
        lambda g: _several_scales(g) is None,
        lambda g: f"its input or output {_named(_several_scales(g))}, which has several scales",
        lambda _: "one scale for a whole input or output",
    ),
    Rule(
        lambda g: _empty(_given(g)) is None,
        lambda g: f"its input or output {_named(_empty(_given(g)))}, which has no elements",
        lambda _: "one or more",
    ),
    Rule(
        lambda g: _state(g) is None,
        lambda g: f"its output {_named(_state(g))}, which it keeps from one inference to the next",
        lambda _: "outputs that are computed",
    ),
    Rule(
        lambda g: _largest(g).size <= MAX_ELEMENTS,
        lambda g: f"its tensor {_named(_largest(g))}",
        lambda _: f"at most {MAX_ELEMENTS:,} elements, which no microcontroller holds",
    ),
    Rule(
        lambda g: _computed_bytes(g) <= MAX_COMPUTED_BYTES,
        lambda g: (
            f"its computed tensors take {_computed_bytes(g):,} bytes, {_named(_largest(g))} the most"
        ),
        lambda _: f"at most {MAX_COMPUTED_BYTES:,} bytes together",
    ),
)

BEFORE_SHAPES: tuple[Rule[Node], ...] = (
    Rule(lambda n: len(n.outputs) > 0, lambda _: "it has no outputs", lambda _: "one or more"),
    Rule(
        lambda n: any(t is not None for t in n.inputs),
        lambda _: "it has no inputs",
        lambda _: "one or more",
    ),
    Rule(
        lambda n: _empty(_data(n)) is None,
        lambda n: f"its input {_named(_empty(_data(n)))}, which has no elements",
        lambda _: "one or more",
    ),
)
"""What must hold before an operator looks at its shapes."""

AFTER_SHAPES: tuple[Rule[Node], ...] = (
    Rule(
        lambda n: _empty(n.outputs) is None,
        lambda n: f"its output {_named(_empty(n.outputs))}, which has no elements",
        lambda _: "one or more",
    ),
)
"""What must hold of a layer whose shapes are those that its operator gives."""


def check_computable(graph: Graph) -> None:
    """Raises UnsupportedError, naming the tensor, if the graph breaks one of `GRAPH_RULES`."""
    _apply(GRAPH_RULES, graph, UnsupportedError, "the model is not supported", "change the model")


def check_node(rules: Iterable[Rule[Node]], node: Node) -> None:
    """Raises ModelError, naming the layer and the tensor, if the layer breaks one of the rules."""
    _apply(
        rules, node, ModelError, f"{describe(node)} cannot be computed", "convert the model again"
    )


def _apply(
    rules: Iterable[Rule[T]], thing: T, error: type[EdgeqError], what: str, remedy: str
) -> None:
    for rule in rules:
        if not rule.holds(thing):
            raise error(what, f"{rule.got(thing)}; expected {rule.expected(thing)}", remedy)
