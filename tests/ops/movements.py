"""Models of operators that only move elements."""

from __future__ import annotations

import numpy as np
from ops.harness import constant, quantized, single_op
from ops.reductions import QUANTIZED

from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values


def data(name: str, shape: tuple[int, ...], dtype: str = "int8") -> Tensor:
    """A computed tensor; quantized types have a scale."""
    return quantized(name, shape, dtype=dtype) if dtype in QUANTIZED else Tensor(name, shape, dtype)


def table(shape: tuple[int, ...], dtype: str = "int8") -> Tensor:
    """A constant tensor of random elements."""
    values = np.random.default_rng(0).integers(-128, 128, shape).astype(dtype)
    return constant("x", values, 0.05 if dtype in QUANTIZED else None)


def moved(
    kind: str,
    x: Tensor,
    indices: Values | Tensor,
    y: tuple[int, ...],
    options_type: str = "",
    version: int = 1,
    **options: object,
) -> Model:
    """indices: constants, or a tensor; y: the output's shape."""
    second = indices if isinstance(indices, Tensor) else constant("i", indices)
    return single_op(kind, [x, second], data("y", y, x.dtype), options_type, version, **options)
