"""BATCH_MATMUL against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import constant, quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind

Scales = tuple[float, float, float]
Zeros = tuple[int, int, int]


def matmul(
    x: tuple[int, ...],
    y: tuple[int, ...],
    adj: tuple[bool, bool] = (False, False),
    dtype: str = "int8",
    scales: Scales = (0.05, 0.04, 0.3),
    zeros: Zeros = (3, -5, 7),
    fixed: bool = False,
) -> Model:
    """adj: which operand lies transposed. fixed: whether y is constant."""
    rows = x[-1] if adj[0] else x[-2]
    columns = y[-2] if adj[1] else y[-1]
    shape = (*np.broadcast_shapes(x[:-2], y[:-2]), rows, columns)
    zeros = (0, 0, 0) if dtype == "int16" else zeros
    ends = [
        Tensor(name, size, dtype)
        if dtype == "float32"
        else quantized(name, size, scale, zero, dtype)
        for name, size, scale, zero in zip("xyz", (x, y, shape), scales, zeros, strict=True)
    ]
    if fixed:
        drawn = np.random.default_rng(0).integers(-128, 128, y)
        real = dtype == "float32"
        ends[1] = constant("y", drawn.astype(dtype), None if real else scales[1], 0, zeros[1])
    return single_op(
        "BATCH_MATMUL", ends[:2], ends[2], "BatchMatMulOptions", 1, adj_x=adj[0], adj_y=adj[1]
    )


IN_FLOAT64 = 0.0010051369899883866, 0.004058836493641138, 1.6318746929754435e-05
"""Scales whose factor is 0.25 if the product of the first two is rounded to float32, and less if not."""
CASES = {
    "two matrices": matmul((3, 5), (5, 4)),
    "queries and keys": matmul((1, 2, 6, 4), (1, 2, 6, 4), (False, True)),
    "x transposed": matmul((2, 5, 3), (2, 5, 4), (True, False)),
    "constant": matmul((2, 3, 5), (5, 4), fixed=True),
    "batches broadcast": matmul((2, 1, 3, 4), (5, 4, 2)),
    "saturation": matmul((4, 30), (30, 3), scales=(0.5, 0.5, 0.1), zeros=(-128, 127, 0)),
    "int16": matmul((2, 3, 5), (2, 5, 4), dtype="int16", scales=(1e-3, 1e-3, 5e-3)),
    "float32": matmul((2, 3, 5), (1, 5, 4), dtype="float32"),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


def test_the_product_of_the_scales_is_that_of_tflm() -> None:
    column = matmul((40, 1), (1, 9), scales=IN_FLOAT64, zeros=(0, 0, 0))
    words = matmul((40, 3), (3, 9), dtype="int16", scales=(*IN_FLOAT64[:2], 2 * IN_FLOAT64[2]))
    assert_cases_agree({"int8": column, "int16": words}, tflite=False, compiled=False)


def random_matmul(rng: np.random.Generator, dtype: str = "int8") -> Model:
    """Random sizes, broadcasts, transpositions, scales and zero points."""
    rank, axes = int(rng.integers(2, 6)), [int(n) for n in rng.integers(1, 4, 3)]
    batch = tuple(axes[: rank - 2])
    rows, depth, columns = (int(n) for n in rng.integers(1, 9, 3))
    adj = bool(rng.random() < 0.5), bool(rng.random() < 0.5)
    x = (depth, rows) if adj[0] else (rows, depth)
    y = (columns, depth) if adj[1] else (depth, columns)
    parts = [tuple(n if rng.random() < 0.7 else 1 for n in batch) for _ in "xy"]
    dropped = int(rng.integers(0, len(batch) + 1))
    scales = tuple(float(s) for s in np.exp(rng.uniform(-6, -1, 3)))
    zeros = tuple(int(z) for z in rng.integers(-128, 128, 3))
    fixed = bool(rng.random() < 0.3)
    shapes = (*parts[0], *x), (*parts[1][dropped:], *y)
    return matmul(*shapes, adj, dtype, scales, zeros, fixed)  # type: ignore[arg-type]


def merges_rows(model: Model) -> bool:
    """Whether tflite-runtime computes it otherwise: see the known differences."""
    x, y = model.main.tensors[:2]
    return (
        dict(model.main.ops[0].attributes)["adj_x"]
        and y.shape[-3:-2] == (1,)
        and x.shape[-3:-2] != (1,)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "compiler"),
    [("int8", "gcc"), ("int8", "clang"), ("int16", "gcc"), ("float32", "clang")],
)
def test_random_products(dtype: str, compiler: str) -> None:
    rng = np.random.default_rng(0)
    models = {str(k): random_matmul(rng, dtype) for k in range(40)}
    merged = {name: model for name, model in models.items() if merges_rows(model)}
    others = {name: model for name, model in models.items() if name not in merged}
    assert_cases_agree(others, 4, compiler=compiler)
    if merged:
        assert_cases_agree(merged, 4, compiler=compiler, tflite=False)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (matmul((2, 3, 5), (5, 4), scales=(1e4, 1e4, 1e-3)), "multiply sums by"),
        (single_op("BATCH_MATMUL", [quantized("x", (3, 5)), quantized("y", (4, 2))],
                   quantized("z", (3, 2)), "BatchMatMulOptions"), "cannot be multiplied"),
        (single_op("BATCH_MATMUL", [quantized("x", (5,)), quantized("y", (5, 2))],
                   quantized("z", (2,)), "BatchMatMulOptions"), "2 to 5 dimensions"),
    ],
)  # fmt: skip
def test_what_cannot_be_multiplied_is_refused(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)
