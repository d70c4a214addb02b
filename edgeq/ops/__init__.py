"""One module per TFLite operator, found by its name: CONV_2D lives in `conv_2d.py`."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from edgeq.errors import ModelError, UnsupportedError
from edgeq.graph import Graph, Op
from edgeq.opkit.contract import Node, Operator, check_types, describe, parse_attributes


@lru_cache(maxsize=1)
def supported() -> frozenset[str]:
    """The operators that edgeq computes: the files of this folder, in TFLite's spelling."""
    return frozenset(module.name.upper() for module in iter_modules(__path__))


def operator(kind: str) -> Operator:
    """The module of a supported operator."""
    return cast(Operator, import_module(f"{__name__}.{kind.lower()}"))


def count_macs(node: Node) -> int | None:
    """Multiply-accumulates of a node per inference; None for operators that only move or look up."""
    count = getattr(operator(node.kind), "macs", None)
    return None if count is None else int(count(node))


def bind(graph: Graph) -> tuple[Node, ...]:
    """The graph's operators with their tensors, each checked by its module, before any work is done.

    Raises UnsupportedError naming every operator that has no module, or the first layer that its module refuses;
    ModelError where a tensor's shape is not what its operator gives.
    """
    missing = [(i, op) for i, op in enumerate(graph.ops) if op.kind not in supported()]
    if missing:
        raise _missing_error(graph, missing)
    return tuple(_bind_op(graph, index) for index in range(len(graph.ops)))


def resolve(graph: Graph, index: int) -> Node:
    """One operator with its tensors and options in place, unchecked; its kind must be supported."""
    op = graph.ops[index]
    return Node(
        index,
        op.kind,
        parse_attributes(operator(op.kind).Attributes, op),
        tuple(graph.tensors[i] if i >= 0 else None for i in op.inputs),
        tuple(graph.tensors[i] for i in op.outputs),
    )


def _bind_op(graph: Graph, index: int) -> Node:
    node = resolve(graph, index)
    module = operator(node.kind)
    check_types(node, module.TYPES)
    expected, got = module.output_shapes(node), tuple(t.shape for t in node.outputs)
    if expected != got:
        raise ModelError(
            f"{describe(node)} has outputs of shape {list(got)}",
            f"its inputs and options give {list(expected)}",
            "convert the model again",
        )
    return node


def _missing_error(graph: Graph, missing: list[tuple[int, Op]]) -> UnsupportedError:
    named = ", ".join(f'{op.custom_code or op.kind} (layer {i}, "{graph.tensors[op.outputs[0]].name}")'
                      for i, op in missing[:5])  # fmt: skip
    more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
    return UnsupportedError(
        f"unsupported operators: {named}{more}",
        f"edgeq computes {', '.join(sorted(supported()))}",
        "replace these layers, or use --engine tflm if TFLM has them",
    )
