"""A layer with its tensors and options, as operator modules take it, and the errors that name it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from edgeq.errors import ModelError, UnsupportedError, shown
from edgeq.graph import Graph, Tensor

Values = npt.NDArray[Any]


Shape = tuple[int, ...]


@dataclass(frozen=True)
class Region:
    """A graph that an operator runs.

    nodes: its operators, checked. run: of its inputs [samples, *shape], the values of `outputs`, by
    default all of the graph's, and of no others computed more than these need. work: what running it
    once takes, in multiply-accumulates of matrix products; macs: those that it has.
    """

    graph: Graph
    nodes: tuple[Node, ...]
    run: Callable[[Sequence[Values], Sequence[int] | None], list[Values]] = field(compare=False)
    work: int = 0
    macs: int = 0


@dataclass(frozen=True)
class Node:
    """An operator with its tensors and parsed options, in place of tensor indices and raw
    attributes. regions: by the names of `Op.regions`. intermediates: tensors that hold no values and
    state the quantization of what the operator computes on its way, as an LSTM's.
    """

    index: int
    kind: str
    attributes: Any
    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]
    regions: tuple[tuple[str, Region], ...] = ()
    intermediates: tuple[Tensor, ...] = ()

    @property
    def name(self) -> str:
        """The layer's name, which is that of its first output: converters name tensors after
        layers.
        """
        return self.outputs[0].name if self.outputs else ""

    def input(self, position: int) -> Tensor:
        """The tensor of a required input. Raises ModelError if the file leaves it out."""
        tensor = self.inputs[position] if position < len(self.inputs) else None
        if tensor is None:
            raise ModelError(
                f"{describe(self)} has no input {position}",
                "the operator needs it",
                "convert the model again",
            )
        return tensor

    def optional(self, position: int) -> Tensor | None:
        """The tensor of an optional input, None if the file leaves it out."""
        return self.inputs[position] if position < len(self.inputs) else None

    def region(self, name: str) -> Region:
        """The region of a name that the node has."""
        return dict(self.regions)[name]

    @property
    def output(self) -> Tensor:
        return self.outputs[0]


def describe(node: Node) -> str:
    """The layer's name in messages, such as `layer 3, CONV_2D "conv/Relu"`."""
    return f'layer {node.index}, {node.kind} "{shown(node.name)}"'


def unsupported(
    node: Node, why: str, remedy: str = "change the layer, then convert the model again"
) -> UnsupportedError:
    """The error to raise for a layer that TFLite allows and edgeq does not compute."""
    return UnsupportedError(f"{describe(node)} is not supported", why, remedy)


def constant(node: Node, position: int) -> npt.NDArray[Any]:
    """The values of a constant input. Raises UnsupportedError if the input is computed."""
    tensor = node.input(position)
    if tensor.buffer is None:
        raise unsupported(
            node, f'its input {position} "{shown(tensor.name)}" is computed, not constant'
        )
    return np.asarray(tensor.array)
