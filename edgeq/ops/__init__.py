"""One module per TFLite operator, found by its name: CONV_2D lives in `conv_2d.py`."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from edgeq.errors import ModelError, UnsupportedError, shown
from edgeq.graph import Graph, Op
from edgeq.opkit.contract import Node, Operator, check_types, describe, parse_attributes, unsupported
from edgeq.opkit.legal import AFTER_SHAPES, BEFORE_SHAPES, MAX_WORK, ONE_BY_ONE, check_computable, check_node
from edgeq.refusal import refuse


@lru_cache(maxsize=1)
def supported() -> frozenset[str]:
    """The operators that edgeq computes: the files of this folder, in TFLite's spelling."""
    return frozenset(module.name.upper() for module in iter_modules(__path__))


def operator(kind: str) -> Operator:
    """The module of a supported operator."""
    return cast(Operator, import_module(f"{__name__}.{kind.lower()}"))


def count_macs(node: Node) -> int | None:
    """Multiply-accumulates of a node per inference, which need not be bound; None for operators without, or without
    weights of the rank that they have.
    """
    module = operator(node.kind)
    count, role = getattr(module, "macs", None), getattr(module, "WEIGHTS", None)
    if count is None or role is None or not node.outputs:
        return None
    weights = node.optional(role.weights)
    return int(count(node)) if weights is not None and len(weights.shape) == role.rank else None


def bind(graph: Graph) -> tuple[Node, ...]:
    """The graph's operators with their tensors, each checked by its module, before any work is done.

    Raises UnsupportedError naming every operator that has no module, or the first layer that its module refuses;
    ModelError where a tensor's shape is not what its operator gives.
    """
    missing = [op for op in graph.ops if op.kind not in supported()]
    if missing:
        raise refuse(graph, missing, "edgeq does not compute them")
    check_computable(graph)
    nodes = tuple(_bind_op(graph, index) for index in range(len(graph.ops)))
    _check_work(nodes)
    return nodes


def resolve(graph: Graph, index: int) -> Node:
    """One operator with its tensors and options in place, unchecked; its kind must be supported."""
    op = graph.ops[index]
    module = operator(op.kind)
    where = layer_name(graph, index)
    return Node(
        index,
        op.kind,
        parse_attributes(module.Attributes, op, getattr(module, "OPTIONS", ""), where),
        tuple(graph.tensors[i] if i >= 0 else None for i in op.inputs),
        tuple(graph.tensors[i] for i in op.outputs),
    )


def _bind_op(graph: Graph, index: int) -> Node:
    node = resolve(graph, index)
    module, version = operator(node.kind), graph.ops[index].version
    check_node(BEFORE_SHAPES, node)
    if not 1 <= version <= module.NEWEST_VERSION:
        why = f"it is version {version} of the operator, TFLite knows 1 to {module.NEWEST_VERSION}"
        raise unsupported(node, why, "convert the model again")
    check_types(node, module.TYPES)
    expected, got = module.output_shapes(node), tuple(t.shape for t in node.outputs)
    if expected != got:
        raise ModelError(
            f"{describe(node)} has outputs of shape {list(got)}",
            f"its inputs and options give {list(expected)}",
            "convert the model again",
        )
    check_node(AFTER_SHAPES, node)
    return node


def _check_work(nodes: tuple[Node, ...]) -> None:
    work = {node.index: _work(node) for node in nodes}
    if sum(work.values()) > MAX_WORK:
        most = max(nodes, key=lambda node: work[node.index])
        raise UnsupportedError(
            f"{describe(most)} is too large",
            f"it takes as long as {work[most.index]:,} multiply-accumulates of {sum(work.values()):,}, of at most "
            f"{MAX_WORK:,}",
            "make the model smaller",
        )


def _work(node: Node) -> int:
    """How many multiply-accumulates in products of integer matrices take as long."""
    own = getattr(operator(node.kind), "work", None)
    if own is not None:
        return int(own(node))
    return (count_macs(node) or 0) * (ONE_BY_ONE if node.output.dtype == "float32" else 1)


def layer_name(graph: Graph, index: int) -> str:
    """How messages name a layer that is not bound: `layer 3, CONV_2D "conv/Relu"`."""
    op = graph.ops[index]
    return f'layer {index}, {shown(op.custom_code or op.kind)} "{shown(_first_output(graph, op))}"'


def _first_output(graph: Graph, op: Op) -> str:
    return graph.tensors[op.outputs[0]].name if op.outputs else ""
