"""The rules of a valid tensor, operator, graph and model, as tables; `check` applies them."""

from __future__ import annotations

import math
import reprlib
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from edgeq.graph.model import DTYPES, Graph, Model, Op, Quantization, Signature, Tensor
from edgeq.graph.packing import MAX_INDEX_BITS, Codebook

T = TypeVar("T")

MAX_RANK = 8
MAX_BYTES = 1 << 28  # of a computed tensor, so that a small file cannot ask for gigabytes
CODEBOOK_ENTRIES = ("COMPRESSION_METADATA", "edgeq.codebooks")
"""Metadata of a file's codebooks, in TFLM's format and in edgeq's own; models have `Tensor.codebook`.
"""

OPAQUE = frozenset({"string", "resource", "variant", "complex64", "complex128", "bfloat16"})
"""Types that a graph may have although the size of their elements is unknown."""

QUANTIZED_RANGES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "int4": (-8, 7),
        "int8": (-128, 127),
        "uint8": (0, 255),
        "int16": (-(1 << 15), (1 << 15) - 1),
        "int32": (-(1 << 31), (1 << 31) - 1),
    }
)
"""Types that hold quantized values, with the lowest and the highest."""


@dataclass(frozen=True)
class Rule(Generic[T]):
    """One rule.

    holds: whether a thing is valid.
    got, expected: the parts of the error message for one that is not.
    """

    holds: Callable[[T], bool]
    got: Callable[[T], str]
    expected: Callable[[T], str]


@dataclass(frozen=True)
class Quantized:
    tensor: Tensor
    by: Quantization


@dataclass(frozen=True)
class Coded:
    tensor: Tensor
    by: Codebook


@dataclass(frozen=True)
class Step:
    op: Op
    tensors: int  # of the operator's graph
    graphs: int  # of the model


@dataclass(frozen=True)
class Entry:
    signature: Signature
    inputs: frozenset[int]  # of the graph that the signature enters
    outputs: frozenset[int]


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


def brief(value: object) -> str:
    """The value as text, shortened for messages."""
    return _SHORT.repr(value)


def _is_float32(value: float) -> bool:
    try:
        return math.isfinite(value) and struct.unpack("f", struct.pack("f", value))[0] == value
    except OverflowError:
        return False


def _bytes(tensor: Tensor) -> int:
    return tensor.size if tensor.dtype in OPAQUE else tensor.nbytes


def _buffer_fits(tensor: Tensor) -> bool:
    return tensor.buffer is None or tensor.dtype in OPAQUE or len(tensor.buffer) == tensor.nbytes


def _signature_fits(tensor: Tensor) -> bool:
    signature = tensor.shape_signature
    return signature is None or (
        len(signature) == len(tensor.shape)
        and all(
            allowed in (-1, size) for allowed, size in zip(signature, tensor.shape, strict=True)
        )
    )


def _axis_fits(quantized: Quantized) -> bool:
    shape, axis, count = quantized.tensor.shape, quantized.by.axis, len(quantized.by.scale)
    return 0 <= axis < max(1, len(shape)) and (count == 1 or (shape != () and count == shape[axis]))


def _zero_points_fit(quantized: Quantized) -> bool:
    low, high = QUANTIZED_RANGES.get(quantized.tensor.dtype, (-math.inf, math.inf))
    return all(low <= zero_point <= high for zero_point in quantized.by.zero_point)


def _within(indices: tuple[int, ...], count: int, lowest: int = 0) -> bool:
    return all(lowest <= index < count for index in indices)


def _names(op: Op) -> list[str]:
    return [name for name, _ in op.attributes]


def _floats(op: Op) -> Iterator[float]:
    for _, value in op.attributes:
        yield from (
            item
            for item in (value if isinstance(value, tuple) else (value,))
            if isinstance(item, float)
        )


def called_graphs(op: Op) -> tuple[int, ...]:
    """The subgraphs that an operator calls, as branches, loops and initializers do."""
    return tuple(
        value
        for name, value in op.attributes
        if name.endswith(("subgraph", "subgraph_index")) and isinstance(value, int)
    )


TENSOR_RULES: tuple[Rule[Tensor], ...] = (
    Rule(
        lambda t: len(t.shape) <= MAX_RANK and all(size >= 0 for size in t.shape),
        lambda t: f"the shape {brief(t.shape)}",
        lambda t: f"at most {MAX_RANK} sizes of 0 or more",
    ),
    Rule(
        lambda t: t.dtype in DTYPES or t.dtype in OPAQUE or t.dtype == "int4",
        lambda t: f"the type {brief(t.dtype)}",
        lambda t: f"one of {', '.join((*DTYPES, 'int4', *sorted(OPAQUE)))}",
    ),
    Rule(
        lambda t: t.constant or _bytes(t) <= MAX_BYTES,
        lambda t: f"{_bytes(t)} bytes by its shape {t.shape}",
        lambda t: f"at most {MAX_BYTES}",
    ),
    Rule(
        _buffer_fits,
        lambda t: f"a buffer of {len(t.buffer or b'')} bytes",
        lambda t: f"{t.nbytes} for {t.dtype} of shape {t.shape}",
    ),
    Rule(
        lambda t: not (t.variable and t.constant),
        lambda _: "a buffer and is variable",
        lambda _: "one of both",
    ),
    Rule(
        lambda t: t.initial is None or (t.variable and len(t.initial) == t.nbytes),
        lambda t: f"{len(t.initial or b'')} initial bytes",
        lambda t: f"{t.nbytes if t.variable else 0} for its shape {t.shape}",
    ),
    Rule(
        _signature_fits,
        lambda t: f"the shape signature {brief(t.shape_signature)}",
        lambda t: f"{t.shape}, with -1 where any size is allowed",
    ),
)

QUANTIZATION_RULES: tuple[Rule[Quantized], ...] = (
    Rule(
        lambda q: 0 < len(q.by.scale) == len(q.by.zero_point),
        lambda q: f"{len(q.by.scale)} scales and {len(q.by.zero_point)} zero points",
        lambda _: "as many of each, one or more",
    ),
    Rule(
        _axis_fits,
        lambda q: f"{len(q.by.scale)} scales along axis {q.by.axis}",
        lambda q: f"one, or one per slice of its shape {q.tensor.shape} along an axis of it",
    ),
    Rule(
        lambda q: all(scale > 0 and _is_float32(scale) for scale in q.by.scale),
        lambda q: f"the scales {brief(q.by.scale)}",
        lambda _: "finite float32 values above 0",
    ),
    Rule(
        _zero_points_fit,
        lambda q: f"the zero points {brief(q.by.zero_point)}",
        lambda q: f"values that {q.tensor.dtype} holds",
    ),
)

CODEBOOK_RULES: tuple[Rule[Coded], ...] = (
    Rule(
        lambda c: c.tensor.dtype == "int8" and c.tensor.constant,
        lambda c: (
            f"a codebook, and is {'constant' if c.tensor.constant else 'computed'} {c.tensor.dtype}"
        ),
        lambda _: "a constant of int8",
    ),
    Rule(
        lambda c: 1 <= c.by.bits <= MAX_INDEX_BITS,
        lambda c: f"a codebook of {c.by.bits} bits",
        lambda _: f"1 to {MAX_INDEX_BITS}",
    ),
    Rule(
        lambda c: (
            1
            <= min(map(len, c.by.tables), default=0)
            == max(map(len, c.by.tables))
            <= 1 << c.by.bits
        ),
        lambda c: f"tables of {brief(sorted({len(table) for table in c.by.tables}))} values",
        lambda c: f"one table or more, each of as many values, 1 to {1 << c.by.bits}",
    ),
    Rule(
        lambda c: all(-128 <= value <= 127 for table in c.by.tables for value in table),
        lambda c: f"the tables {brief(c.by.tables)}",
        lambda _: "values of int8",
    ),
    Rule(
        lambda c: (
            0 <= c.by.axis < len(c.tensor.shape)
            and c.tensor.shape[c.by.axis] % len(c.by.tables) == 0
        ),
        lambda c: f"{len(c.by.tables)} tables along axis {c.by.axis}",
        lambda c: f"one, or as many as divide a size of its shape {c.tensor.shape}",
    ),
    Rule(
        lambda c: c.by.holds(c.tensor.array.astype("int8", copy=False)),
        lambda _: "values that are not in their table",
        lambda _: "a table that holds each value of its slices",
    ),
)

OP_RULES: tuple[Rule[Step], ...] = (
    Rule(
        lambda s: (
            _within(s.op.inputs, s.tensors, -1) and _within(s.op.intermediates, s.tensors, -1)
        ),
        lambda s: (
            f"the inputs {brief(s.op.inputs)} and the intermediates {brief(s.op.intermediates)}"
        ),
        lambda s: f"tensors 0 to {s.tensors - 1}, or -1 for none",
    ),
    Rule(
        lambda s: _within(s.op.outputs, s.tensors),
        lambda s: f"the outputs {brief(s.op.outputs)}",
        lambda s: f"tensors 0 to {s.tensors - 1}",
    ),
    Rule(
        lambda s: _names(s.op) == sorted(set(_names(s.op))),
        lambda s: f"the attributes {brief(_names(s.op))}",
        lambda _: "each once, sorted by name",
    ),
    Rule(
        lambda s: all(map(_is_float32, _floats(s.op))),
        lambda s: f"the attributes {brief(s.op.attributes)}",
        lambda _: "finite float32 values",
    ),
    Rule(
        lambda s: _within(called_graphs(s.op), s.graphs),
        lambda s: f"the subgraphs {brief(called_graphs(s.op))} to call",
        lambda s: f"subgraphs 0 to {s.graphs - 1}",
    ),
)

GRAPH_RULES: tuple[Rule[Graph], ...] = (
    Rule(
        lambda g: _within((*g.inputs, *g.outputs), len(g.tensors)),
        lambda g: f"the inputs {brief(g.inputs)} and the outputs {brief(g.outputs)}",
        lambda g: f"tensors 0 to {len(g.tensors) - 1}",
    ),
    Rule(
        lambda g: (
            len(set(g.inputs)) == len(g.inputs)
            and not any(g.tensors[index].constant for index in g.inputs)
        ),
        lambda g: f"the inputs {brief(g.inputs)}",
        lambda _: "each once, and none with a buffer",
    ),
)

MODEL_RULES: tuple[Rule[Model], ...] = (
    Rule(lambda m: m.version == 3, lambda m: f"schema version {m.version}", lambda _: "3"),
    Rule(lambda m: len(m.graphs) > 0, lambda _: "no subgraph", lambda _: "one or more"),
    Rule(
        lambda m: all(0 <= signature.graph < len(m.graphs) for signature in m.signatures),
        lambda m: (
            f"signatures of the subgraphs {brief([signature.graph for signature in m.signatures])}"
        ),
        lambda m: f"subgraphs 0 to {len(m.graphs) - 1}",
    ),
    Rule(
        lambda m: not {name for name, _ in m.metadata} & set(CODEBOOK_ENTRIES),
        lambda _: f"metadata called {' or '.join(CODEBOOK_ENTRIES)}",
        lambda _: "codebooks in its tensors",
    ),
)

SIGNATURE_RULES: tuple[Rule[Entry], ...] = (
    Rule(
        lambda e: e.inputs.issuperset(index for _, index in e.signature.inputs),
        lambda e: f"the inputs {brief(e.signature.inputs)}",
        lambda e: f"inputs of its subgraph, {brief(sorted(e.inputs))}",
    ),
    Rule(
        lambda e: e.outputs.issuperset(index for _, index in e.signature.outputs),
        lambda e: f"the outputs {brief(e.signature.outputs)}",
        lambda e: f"outputs of its subgraph, {brief(sorted(e.outputs))}",
    ),
)
