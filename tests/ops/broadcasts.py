"""Models of operators on two broadcast operands whose elements are taken as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from ops.harness import quantized, single_op

from edgeq.graph import Model, Tensor
from edgeq.opkit.node import Values

Shape = tuple[int, ...]
SHAPES: Sequence[tuple[Shape, Shape]] = (
    ((1, 3, 4, 5), (1, 3, 4, 5)),
    ((1, 3, 4, 5), (5,)),
    ((1, 1, 1, 5), (1, 3, 4, 5)),
    ((2, 3), ()),
    ((3, 1), (1, 4)),
    ((2, 1, 3, 1), (1, 5, 1, 4)),
)
"""Equal shapes, and every way to broadcast one operand or both."""

FLOATS = np.array(
    [0.0, -0.0, 1, -1, 0.5, -2.5, 3e38, -3e38, np.inf, -np.inf, np.nan, 1e-40], np.float32
)
"""Values at which comparisons and roundings go wrong."""


def tensor(name: str, shape: Shape, dtype: str, scale: float = 0.05, zero_point: int = 3) -> Tensor:
    """A computed tensor; int8 and int16 with a scale, int16 with zero point 0."""
    if dtype not in ("int8", "int16"):
        return Tensor(name, shape, dtype)
    return quantized(name, shape, scale, zero_point if dtype == "int8" else 0, dtype)


def fixed(name: str, shape: Shape, dtype: str, seed: int = 0) -> Tensor:
    """A constant tensor of random values, quantized as `tensor`."""
    like, rng = tensor(name, shape, dtype), np.random.default_rng(seed)
    if dtype == "bool":
        values: Values = rng.integers(0, 2, shape).astype(bool)
    elif dtype == "float32":
        values = rng.normal(0, 3, shape).astype(np.float32)
    else:
        limits = np.iinfo(dtype)
        values = rng.integers(limits.min, limits.max, shape, np.dtype(dtype), endpoint=True)
    return replace(like, buffer=values.tobytes())


def pair(kind: str, a: Tensor, b: Tensor, dtype: str, options: str = "", version: int = 1) -> Model:
    """A model of one operator on a and b. dtype: of the output, quantized as `tensor`."""
    y = tensor("y", np.broadcast_shapes(a.shape, b.shape), dtype)
    return single_op(kind, [a, b], y, options, version)


def every_pair(values: Values) -> list[Values]:
    """Two inputs of one sample that hold every pair of the values, both [1, 1, count ** 2]."""
    return [x.reshape(1, 1, -1) for x in np.meshgrid(values, values)]


def broadcast_cases(
    kind: str, dtypes: Sequence[str], output: str = "", options: str = "", version: int = 1
) -> dict[str, Model]:
    """Every way to broadcast two operands of each dtype, and a constant operand. output: the
    output's dtype where it is not the operands'.
    """

    def of(a: Tensor, b: Tensor) -> Model:
        return pair(kind, a, b, output or a.dtype, options, version)

    cases = {
        f"{dtype} {list(a)} {list(b)}": of(tensor("a", a, dtype), tensor("b", b, dtype))
        for dtype in dtypes
        for a, b in SHAPES
    }
    return cases | {
        f"{dtype} by a constant": of(tensor("a", (2, 5), dtype), fixed("b", (5,), dtype))
        for dtype in dtypes
    }


def plain_pair(kind: str, a: Shape, b: Shape) -> Model:
    """A model of one operator on int64 a and b, with options that fuse nothing."""
    tensors = [tensor(name, shape, "int64") for name, shape in (("a", a), ("b", b))]
    y, options = tensor("y", np.broadcast_shapes(a, b), "int64"), f"{kind.title()}Options"
    return single_op(kind, tensors, y, options, 4, fused_activation_function="NONE")
