"""The rules of a valid tensor, of its quantization and of its codebook, as tables."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from edgeq.graph.model import DTYPES, Quantization, Tensor
from edgeq.graph.packing import MAX_INDEX_BITS, Codebook
from edgeq.graph.rule import Rule, brief, is_float32

MAX_RANK = 8
MAX_BYTES = 1 << 28  # of a computed tensor, so that a small file cannot ask for gigabytes

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
class Quantized:
    tensor: Tensor
    by: Quantization


@dataclass(frozen=True)
class Coded:
    tensor: Tensor
    by: Codebook


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
        lambda t: t.constant or not t.restarts,
        lambda _: "no buffer, and starts anew at each inference",
        lambda _: "what it starts from",
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
        lambda q: all(scale > 0 and is_float32(scale) for scale in q.by.scale),
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
