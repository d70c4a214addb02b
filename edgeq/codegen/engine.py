"""What every firmware engine gives: files with one C interface, and what they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

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


@dataclass(frozen=True)
class Engine:
    """The files of an engine (name -> text), its bytes, and what its templates saw.

    flash_bytes: constants and an estimate of the code; model_bytes: constants alone, exact;
    state_bytes: of variables, apart from the arena.
    """

    prefix: str
    files: Mapping[str, str]
    arena_bytes: int
    model_bytes: int
    flash_bytes: int
    context: Mapping[str, Any]
    state_bytes: int = 0

    @property
    def ram_bytes(self) -> int:
        """The arena and the state together."""
        return self.arena_bytes + self.state_bytes


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
