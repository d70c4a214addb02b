"""Values of constants and quantization for varied models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeq.graph import Codebook, Quantization, Tensor, initial_bytes, pack_int4
from edgeq.graph.tensor_rules import QUANTIZED_RANGES
from edgeq.opkit.node import Values

Generator = np.random.Generator
QUANTIZED = ("int8", "uint8", "int16", "int4")


def is_list(tensor: Tensor) -> bool:
    """Whether a constant is a list of sizes, axes or indices, and no data."""
    return tensor.constant and tensor.dtype in ("int32", "int64") and tensor.quantization is None


def with_values(tensor: Tensor, values: Values) -> Tensor:
    """The constant or the variable with other values, of any shape; a codebook that does not hold
    them is dropped.
    """
    if tensor.dtype == "int4":
        data = pack_int4(values.astype(np.int8))
    else:
        data = np.ascontiguousarray(values.astype(tensor.dtype)).tobytes()
    if tensor.variable:
        held = None if tensor.initial is None else data
        return replace(tensor, shape=values.shape, initial=held)
    book = tensor.codebook if _holds(tensor.codebook, values) else None
    return replace(tensor, shape=values.shape, buffer=data, codebook=book)


def _holds(book: Codebook | None, values: Values) -> bool:
    return (
        book is not None
        and values.ndim > book.axis
        and values.shape[book.axis] % len(book.tables) == 0
        and book.holds(values.astype(np.int8))
    )


def of_shape(tensor: Tensor, shape: tuple[int, ...], rng: Generator) -> Tensor:
    """A tensor of another shape: values are drawn from those that it has, scales of slices too."""
    if tensor.constant or tensor.initial is not None:
        held = (
            tensor.array if tensor.constant else np.frombuffer(initial_bytes(tensor), tensor.dtype)
        )
        if held.size == 0:
            return tensor
        tensor = with_values(tensor, rng.choice(held.reshape(-1), shape))
    by, tensor = tensor.quantization, replace(tensor, shape=shape, shape_signature=None)
    if by is not None and by.per_channel and by.axis < len(shape):
        picked = rng.integers(0, len(by.scale), shape[by.axis]).tolist()
        scales, zeros = tuple(by.scale[i] for i in picked), tuple(by.zero_point[i] for i in picked)
        tensor = replace(tensor, quantization=replace(by, scale=scales, zero_point=zeros))
    return tensor


def refilled(tensor: Tensor, rng: Generator) -> Tensor:
    """The constant with other values: random, extreme, equal or few."""
    shape, dtype = tensor.shape, tensor.dtype
    if tensor.codebook is not None or dtype not in (*QUANTIZED_RANGES, "float32", "bool", "int64"):
        return tensor
    if dtype == "bool":
        return with_values(tensor, rng.integers(0, 2, shape).astype(bool))
    if dtype == "float32":
        size = 10.0 ** rng.integers(-4, 4)
        return with_values(tensor, (rng.normal(0, size, shape)).astype(np.float32))
    low, high = QUANTIZED_RANGES.get(dtype, (-(1 << 40), 1 << 40))
    if dtype in ("int32", "int64") and rng.random() < 0.8:
        low, high = -(1 << int(rng.integers(1, 24))), 1 << int(rng.integers(1, 24))
    choices = (
        lambda: rng.integers(low, high + 1, shape),
        lambda: rng.choice([low, high], shape),
        lambda: np.full(shape, rng.choice([low, high, 0, -1 if low < 0 else 1])),
        lambda: rng.choice([low, low + 1, -1 if low < 0 else 1, 0, 1, high], shape),
        lambda: rng.integers(low, high + 1, shape) * (rng.random(shape) < 0.2),
    )
    return with_values(tensor, choices[rng.integers(len(choices))]())


def random_scale(rng: Generator) -> float:
    """Mostly an everyday scale; a power of two or a far one now and then."""
    kind = rng.random()
    if kind < 0.15:
        scale = 2.0 ** rng.integers(-16, 6)
    elif kind < 0.22:
        scale = 10.0 ** rng.uniform(-9, 5)
    else:
        scale = 10.0 ** rng.uniform(-3, 0.5)
    return float(np.float32(scale))


def random_zero_point(dtype: str, rng: Generator) -> int:
    """Any zero point of a type, its ends and 0 more often; 0 of int16."""
    if dtype == "int16":
        return 0
    low, high = QUANTIZED_RANGES[dtype]
    middle = (low + high + 1) // 2
    if rng.random() < 0.5:
        return int(rng.choice([low, middle - 1, middle, middle + 1, high]))
    return int(rng.integers(low, high + 1))


def random_quantization(dtype: str, rng: Generator) -> Quantization:
    """Per-tensor quantization for a type of `QUANTIZED`."""
    return Quantization((random_scale(rng),), (random_zero_point(dtype, rng),))
