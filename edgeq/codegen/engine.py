"""What every firmware engine gives: files with one C interface, and what they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from edgeq.codegen.names import C_TYPES
from edgeq.graph import Graph
from edgeq.opkit.input_front import Front


@dataclass(frozen=True)
class Port:
    """An input or output of the model as templates show it; `place` says where its bytes are, as a C expression.

    affine: an input that affine operators make of real values, which its float helper computes.
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
    place: str
    affine: bool = False


@dataclass(frozen=True)
class Engine:
    """The files of an engine (name -> text), its bytes, and what its templates saw.

    flash_bytes: constants and an estimate of the code; model_bytes: constants alone, exact.
    """

    prefix: str
    files: Mapping[str, str]
    arena_bytes: int
    model_bytes: int
    flash_bytes: int
    context: Mapping[str, Any]


def make_port(graph: Graph, index: int, tensor_index: int, place: str) -> Port:
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
        place,
    )


def with_front(port: Port, graph: Graph, front: Front) -> Port:
    """The port of the integers that a front makes, called as the model's real input is."""
    return replace(port, name=graph.tensors[front.input].name, affine=True)
