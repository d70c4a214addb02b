"""Augmentation that an exported model would do at inference, left out.

Keras 3 exports layers such as RandomRotation as they train: `model.export` gives no `training`, and
theirs is True by default. At inference Keras passes their input on, and so does what is made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edgeq.convert.backend import tensorflow
from edgeq.convert.replace_operators import function_of

CALLS = ("PartitionedCall", "StatefulPartitionedCall")
MOST = 64  # parts that are left out of one model


@dataclass(frozen=True)
class Part:
    """Nodes of one scope, which read one tensor x beside constants, and whose only result y that
    others read could be x.
    """

    scope: str
    x: Any
    y: Any


def without_augmentation(frozen: Any) -> tuple[Any, tuple[str, ...]]:
    """A frozen function without the scopes that draw random numbers and could pass their input on,
    and these scopes; the function itself where it draws none, or some that no such scope holds.
    """
    left_out = list[str]()
    if any(op.type in CALLS for op in operators_behind(t.op for t in frozen.outputs)):
        frozen = function_of(frozen, frozen.graph.as_graph_def(), with_effects=True)
    for _ in range(MOST):
        drawing = [op for op in operators_behind(t.op for t in frozen.outputs) if draws(op)]
        if not drawing:
            return frozen, tuple(left_out)
        part = _part(frozen, drawing[0])
        if part is None:
            break
        frozen = _bypassed(frozen, part)
        left_out.append(part.scope)
    return frozen, ()


def draws(op: Any) -> bool:
    """Whether an operator gives random numbers."""
    return "Random" in op.type and "KeyCounter" not in op.type and "GetAlg" not in op.type


def operators_behind(ends: Iterable[Any]) -> Iterator[Any]:
    """Operators of a function and those whose values they need."""
    pending, seen = list(ends), set[str]()
    while pending:
        op = pending.pop()
        if op.name not in seen:
            seen.add(op.name)
            yield op
            pending += [t.op for t in op.inputs]


def _part(frozen: Any, op: Any) -> Part | None:
    """The innermost scope of an operator that could pass its input on."""
    used = list(operators_behind(t.op for t in frozen.outputs))
    names = op.name.split("/")
    for depth in range(len(names) - 1, 0, -1):
        scope = "/".join(names[:depth])
        found = _ends(frozen, used, f"{scope}/")
        if found is not None:
            return Part(scope, *found)
    return None


def _ends(frozen: Any, used: Sequence[Any], start: str) -> tuple[Any, Any] | None:
    """The only tensor that the nodes below a scope read beside constants, and the only one of theirs
    that others read; None where there are several, or types or shapes differ.
    """
    inside = [op for op in used if op.name.startswith(start)]
    outside = [op for op in used if not op.name.startswith(start)]
    read = {t.name: t for op in inside for t in op.inputs if not t.name.startswith(start)}
    read = {name: t for name, t in read.items() if not _is_constant(t)}
    given = {t.name: t for op in outside for t in op.inputs if t.name.startswith(start)}
    given |= {t.name: t for t in frozen.outputs if t.name.startswith(start)}
    if len(read) != 1 or len(given) != 1:
        return None
    ((x,), (y,)) = read.values(), given.values()
    alike = x.dtype == y.dtype and x.dtype.is_floating and x.shape.is_compatible_with(y.shape)
    return (x, y) if alike and x.shape.rank == y.shape.rank else None


def _is_constant(tensor: Any) -> bool:
    """Whether no input of the model reaches a tensor, and nothing random does."""
    ends = [op for op in operators_behind([tensor.op]) if op.type == "Placeholder" or draws(op)]
    return not ends or tensorflow().get_static_value(tensor) is not None


def _bypassed(frozen: Any, part: Part) -> Any:
    """The function in which x is read in place of y."""
    nodes = frozen.graph.as_graph_def()
    old = {part.y.name, part.y.name.removesuffix(":0")}
    new = part.x.name.removesuffix(":0")
    for node in nodes.node:
        for at, name in enumerate(node.input):
            if name in old and not node.name.startswith(f"{part.scope}/"):
                node.input[at] = new
    return function_of(frozen, nodes)
