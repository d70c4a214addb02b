"""A table of layers that interpreters must not be given: they accept them, and then read and write
beyond their tensors, so that any later result of the same process may be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edgeq.errors import UnsupportedError
from edgeq.opkit.node import Node, describe
from edgeq.simulate.known_differences import TFLITE_RUNTIME, Versions

if TYPE_CHECKING:
    from edgeq.simulate.oracles import Interpreter


@dataclass(frozen=True, eq=False)
class UnsafeLayer:
    """kinds: the operators. applies: whether a layer of these is concerned. interpreters: package ->
    prefixes of its versions. reason: what the interpreter does.
    """

    kinds: frozenset[str]
    applies: Callable[[Node], bool]
    interpreters: Versions
    reason: str


UNSAFE_LAYERS = (
    UnsafeLayer(
        frozenset({"SVDF"}),
        lambda node: node.input(4).dtype == "int8",
        TFLITE_RUNTIME,
        "it takes variables of int8 for int16, and writes beyond their end",
    ),
)


def check_safe(nodes: Sequence[Node], by: Interpreter) -> None:
    """Raises UnsupportedError for a layer that the interpreter must not be given."""
    for node in nodes:
        for entry in UNSAFE_LAYERS:
            versions = entry.interpreters.get(by.package, ())
            concerned = node.kind in entry.kinds and by.version.startswith(versions)
            if concerned and entry.applies(node):
                raise UnsupportedError(
                    f"{by} cannot run {describe(node)}", entry.reason, "use another oracle"
                )
