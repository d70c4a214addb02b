"""The inputs and outputs of a model as templates show them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeq.codegen.names import C_TYPES
from edgeq.graph import Graph
from edgeq.opkit.input_affine import InputAffine


@dataclass(frozen=True)
class Port:
    """An input or output of the model as templates show it.

    offset: of its bytes in the arena, None where the engine has none of its own; affine: an input
    that affine operators make of real values, which its float helper computes.
    """

    index: int
    name: str
    ctype: str
    dtype: str
    shape: tuple[int, ...]
    elements: int
    nbytes: int
    scale: float | None
    zero_point: int | None
    offset: int | None = None
    affine: bool = False


def make_port(graph: Graph, index: int, tensor_index: int, offset: int | None = None) -> Port:
    """The port of a graph's input or output tensor."""
    tensor = graph.tensors[tensor_index]
    quantized = tensor.quantization is not None and tensor.dtype in ("int8", "uint8", "int16")
    return Port(
        index,
        tensor.name,
        C_TYPES[tensor.dtype],
        tensor.dtype,
        tensor.shape,
        tensor.size,
        tensor.nbytes,
        tensor.scale if quantized else None,
        tensor.zero_point if quantized else None,
        offset,
    )


def with_input_affine(port: Port, graph: Graph, input_affine: InputAffine) -> Port:
    """The port of a quantized input, named after the model's float input."""
    return replace(port, name=graph.tensors[input_affine.input].name, affine=True)
