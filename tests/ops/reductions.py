"""Models of one operator that reduces axes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from ops.harness import (
    compiled_output,
    constant,
    quantized,
    reference_output,
    single_op,
    tflm_output,
)

from edgeq.graph import Model, Tensor
from edgeq.simulate.execute import execute

QUANTIZED = ("int8", "uint8", "int16")


def reduction(
    kind: str,
    x: tuple[int, ...],
    axes: tuple[int, ...],
    keep_dims: bool = False,
    dtype: str = "int8",
    scales: tuple[float, float] = (0.05, 0.05),
    zero_points: tuple[int, int] = (3, 3),
) -> Model:
    """scales, zero_points: of input and output, which only quantized types have."""
    reduced = {axis % len(x) for axis in axes}
    shape = tuple(
        1 if a in reduced else n for a, n in enumerate(x) if keep_dims or a not in reduced
    )
    zeros = (0, 0) if dtype == "int16" else zero_points
    ends = [
        quantized(name, size, scale, zero, dtype)
        if dtype in QUANTIZED
        else Tensor(name, size, dtype)
        for name, size, scale, zero in zip("xy", (x, shape), scales, zeros, strict=True)
    ]
    inputs = [ends[0], constant("axes", np.array(axes, np.int32))]
    return single_op(kind, inputs, ends[1], "ReducerOptions", 1, keep_dims=keep_dims)


def every_set_of_axes(kind: str, dtype: str) -> dict[str, Model]:
    """One model for each set of axes of a shape of rank 4, with and without kept dimensions."""
    sets = [axes for size in (1, 2, 3, 4) for axes in combinations(range(4), size)]
    return {
        f"{dtype} {axes} {keep}": reduction(kind, (2, 3, 4, 5), axes, keep, dtype)
        for axes in sets
        for keep in (False, True)
    }


def random_reduction(kind: str, rng: np.random.Generator, dtype: str = "int8") -> Model:
    """Random shape of 1 to 5 axes, and axes of it."""
    shape = tuple(int(n) for n in rng.integers(1, 6, int(rng.integers(1, 6))))
    count = int(rng.integers(1, len(shape) + 1))
    axes = tuple(int(a) for a in rng.choice(len(shape), count, replace=False))
    return reduction(kind, shape, axes, bool(rng.random() < 0.5), dtype)


def extreme_cases(kind: str) -> dict[str, Model]:
    """REDUCE_MAX or REDUCE_MIN of the types that TFLM knows."""
    return {
        "rows and columns": reduction(kind, (1, 6, 5, 3), (1, 2)),
        "channels": reduction(kind, (1, 6, 5, 3), (-1,), True),
        "axes that alternate": reduction(kind, (2, 3, 2, 3, 2), (0, 2, 4)),
        "everything": reduction(kind, (2, 3, 4), (0, 1, 2)),
        "float32": reduction(kind, (1, 6, 5, 3), (1, 2), dtype="float32"),
    }


def extreme_cases_of_tflite(kind: str) -> dict[str, Model]:
    """REDUCE_MAX or REDUCE_MIN of types that TFLite alone knows."""
    return {
        "int16": reduction(kind, (1, 6, 5, 3), (1, 2), dtype="int16"),
        "uint8": reduction(kind, (1, 6, 5, 3), (2, 3), dtype="uint8"),
    }


def random_extremes(kind: str, seed: int) -> dict[str, Model]:
    """40 random reductions, int8 and float32 in turn."""
    rng, dtypes = np.random.default_rng(seed), ("int8", "float32")
    return {f"{k}": random_reduction(kind, rng, dtypes[k % 2]) for k in range(40)}


def assert_unusual_floats_agree(kind: str) -> None:
    """Rows with NaN, infinities and zeros of both signs give the simulator's bits everywhere."""
    model, inf, nan = reduction(kind, (1, 3), (1,), dtype="float32"), np.inf, np.nan
    rows = [[nan, 1, 2], [nan, nan, nan], [inf, 0, nan], [-inf, nan, -inf], [0.0, -0.0, 0.0]]
    x = np.array([*rows, [-0.0, 0.0, nan]], np.float32)[:, None]
    expected = execute(model.main, [x])[2].view(np.uint32)
    for got in (compiled_output(model, [x]), tflm_output(model, [x]), reference_output(model, [x])):
        np.testing.assert_array_equal(expected, got.reshape(-1, 1).view(np.uint32))
