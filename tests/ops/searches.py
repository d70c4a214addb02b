"""Models of ARG_MAX and ARG_MIN."""

from __future__ import annotations

import numpy as np
from ops.harness import (
    compiled_output,
    constant,
    quantized,
    reference_output,
    single_op,
    tflm_output,
)
from ops.reductions import QUANTIZED

from edgeq.graph import Model, Tensor
from edgeq.simulate.execute import execute


def search(
    kind: str,
    x: tuple[int, ...],
    axis: int,
    dtype: str = "int8",
    output: str = "int32",
    to: int | None = None,
) -> Model:
    """to: an axis that is written in place of `axis`, which gives the shape."""
    shape = tuple(n for k, n in enumerate(x) if k != axis % len(x))
    given = quantized("x", x, dtype=dtype) if dtype in QUANTIZED else Tensor("x", x, dtype)
    named = constant("axis", np.array(axis if to is None else to, np.int32))
    name = "ArgMaxOptions" if kind == "ARG_MAX" else "ArgMinOptions"
    y = Tensor("y", shape, output)
    return single_op(kind, [given, named], y, name, output_type=output.upper())


def every_axis(kind: str, dtype: str, output: str = "int32") -> dict[str, Model]:
    """One model for each axis of shapes of rank 1 to 4."""
    shapes = ((7,), (1, 6), (3, 1, 4), (2, 3, 4, 5))
    return {
        f"{dtype} {output} {shape} {axis}": search(kind, shape, axis, dtype, output)
        for shape in shapes
        for axis in range(-len(shape), len(shape))
    }


def search_cases(kind: str) -> dict[str, Model]:
    """Small models of ARG_MAX or ARG_MIN."""
    return {
        "classes": search(kind, (1, 10), -1),
        "rows": search(kind, (2, 5, 4, 3), 1),
        "one of each": search(kind, (3, 1, 4), 1),
        "float32": search(kind, (2, 5, 4, 3), 2, "float32"),
    }


def assert_the_first_of_equals_is_found(kind: str, dtype: str) -> None:
    """Rows of few values, of floats with NaN and -infinity too, give the same index everywhere."""
    model = search(kind, (3, 4), 1, dtype)
    x = np.random.default_rng(0).integers(-1, 2, (64, 3, 4)).astype(dtype)
    if dtype == "float32":
        x[:8, :, 1], x[4:12, :, 0], x[8:16, 2, 3] = np.nan, np.nan, -np.inf
    expected = execute(model.main, [x])[2]
    for got in (compiled_output(model, [x]), tflm_output(model, [x]), reference_output(model, [x])):
        np.testing.assert_array_equal(expected, got)
