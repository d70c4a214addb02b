"""SUM against TFLM, tflite-runtime and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.reductions import every_set_of_axes, reduction

from edgeq.graph import Model


def total(
    x: tuple[int, ...],
    axes: tuple[int, ...],
    keep: bool = False,
    dtype: str = "int8",
    scales: tuple[float, float] = (0.05, 0.2),
    zero_points: tuple[int, int] = (3, -7),
) -> Model:
    return reduction("SUM", x, axes, keep, dtype, scales, zero_points)


CASES = {
    "rows and columns": total((1, 6, 5, 3), (1, 2)),
    "channels kept": total((1, 6, 5, 3), (-1,), True, scales=(0.03, 0.1), zero_points=(-128, 127)),
    "axes that alternate": total((2, 3, 2, 3, 2), (0, 2, 4)),
    "saturation": total((2, 3, 4), (0, 1, 2), scales=(0.05, 0.003)),
    "equal scales": total((1, 6, 5, 3), (1, 2), scales=(0.05, 0.05), zero_points=(3, 3)),
    "int16": total((1, 6, 5, 3), (1, 2), dtype="int16"),
    "int16, a tiny factor": total((3, 7), (1,), True, "int16", (1e-6, 0.9)),
    "float32": total((1, 6, 5, 3), (1, 2), dtype="float32"),
}


def test_integers_give_the_bytes_of_tflm() -> None:
    """tflite-runtime rescales in float32, or not at all: see the known differences."""
    assert_cases_agree(CASES, tflite=False)


PLAIN = {
    f"{dtype}, {axes}": total((2, 3, 5), axes, keep, dtype)
    for dtype in ("int32", "int64")
    for axes, keep in (((1,), False), ((0, 2), True))
}
SEEDS = PLAIN
"""Integers without a scale, which TFLM does not sum."""


def test_integers_without_a_scale_wrap() -> None:
    assert_cases_agree(PLAIN, tflm=False, compiled=False)


@pytest.mark.slow
def test_integers_without_a_scale_compiled() -> None:
    assert_cases_agree(PLAIN, tflite=False, tflm=False)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32"])
def test_all_sets_of_axes(dtype: str) -> None:
    models = every_set_of_axes("SUM", dtype)
    assert_cases_agree(models, compiler="clang", tflite=dtype == "float32")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_random_scales(seed: int) -> None:
    rng = np.random.default_rng(seed)
    models = {}
    for k in range(40):
        scales = tuple(float(s) for s in np.exp(rng.uniform(-7, 2, 2)))
        zeros = tuple(int(z) for z in rng.integers(-128, 128, 2))
        shape = tuple(int(n) for n in rng.integers(1, 7, 3))
        axes = (int(rng.integers(-3, 3)),)
        models[str(k)] = total(shape, axes, False, "int8", scales, zeros)  # type: ignore[arg-type]
    assert_cases_agree(models, seed=seed, tflite=False)
