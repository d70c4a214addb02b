"""Models of one operator that moves elements of a map, with constants beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ops.harness import constant, quantized, single_op

from edgeq.graph import Model, Tensor


def end(name: str, shape: tuple[int, ...], dtype: str, zero_point: int, scale: float) -> Tensor:
    """An input or output, with a scale where its type has one."""
    if dtype not in ("int8", "uint8", "int16"):
        return Tensor(name, shape, dtype)
    return quantized(name, shape, scale, 0 if dtype == "int16" else zero_point, dtype)


def move(
    kind: str,
    x: tuple[int, ...],
    y: tuple[int, ...],
    constants: Sequence[object] = (),
    dtype: str = "int8",
    options: str = "",
    zero_point: int = 3,
    y_scale: float = 0.05,
    version: int = 1,
    **attributes: object,
) -> Model:
    """x -> y by an operator with int32 constants behind its input."""
    given = [constant(f"c{k}", np.array(c, np.int32)) for k, c in enumerate(constants)]
    return single_op(
        kind,
        [end("x", x, dtype, zero_point, 0.05), *given],
        end("y", y, dtype, zero_point, y_scale),
        options,
        version,
        **attributes,
    )
