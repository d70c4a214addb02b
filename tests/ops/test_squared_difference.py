"""SQUARED_DIFFERENCE against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.broadcasts import FLOATS, broadcast_cases, every_pair, pair, tensor
from ops.cases import assert_cases_agree
from ops.harness import quantized, single_op
from ops.pairs import EVERY, EVERY_PAIR, EVERY_PAIR_OF_ENDS

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute

KIND = "SQUARED_DIFFERENCE"
CASES = broadcast_cases(KIND, ("int8", "int16", "int32", "float32"), version=2)


def squared(
    scales: tuple[float, float, float],
    zero_points: tuple[int, int, int] = (3, -7, -128),
    dtype: str = "int8",
) -> Model:
    n, zeros = (256, zero_points) if dtype == "int8" else (14, (0, 0, 0))
    ends = zip("aby", ((n, 1), (1, n), (n, n)), scales, zeros, strict=True)
    a, b, y = (quantized(*end, dtype) for end in ends)
    return single_op(KIND, [a, b], y, version=2)


def scales() -> list[tuple[float, float, float]]:
    """Equal, far apart, saturating, and random ones that tell double factors from float ones."""
    rng = np.random.default_rng(0)
    some = [tuple(float(s) for s in np.exp(rng.uniform(-6, 2, 3))) for _ in range(12)]
    ends = [(0.05, 0.04, 0.07), (0.5, 0.5, 0.5), (1e-6, 3.0, 2.0), (1.0, 1.5, 0.003)]
    return [*ends, (1e-3, 1e-3, 9.0), (9.0, 8.0, 0.001), (50.0, 1.0, 0.1), *some]  # type: ignore[list-item]


def test_every_broadcast_of_the_types_of_tflm() -> None:
    assert_cases_agree(CASES, samples=2, tflite=False, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_compiled(compiler: str) -> None:
    """tflite-runtime has no int16."""
    assert_cases_agree(CASES, tflite=False, compiler=compiler)
    narrow = {name: model for name, model in CASES.items() if not name.startswith("int16")}
    assert_cases_agree(narrow, compiled=False)


@pytest.mark.slow
def test_every_pair_of_int8() -> None:
    rng, small, large = np.random.default_rng(1), {}, {}
    for a, b, y in scales():
        zeros = tuple(int(z) for z in rng.integers(-128, 128, 3))
        cases = small if max(a, b) ** 2 < 4096 * y else large
        cases[f"{a} {b} {y} {zeros}"] = squared((a, b, y), zeros)  # type: ignore[arg-type]
    assert len(small) > 9
    assert len(large) > 2
    assert_cases_agree(small, inputs=EVERY_PAIR)
    assert_cases_agree(large, inputs=EVERY_PAIR, tflite=False)  # tflite-runtime stops the program


@pytest.mark.slow
def test_the_ends_of_int16() -> None:
    cases = {f"{given}": squared(given, dtype="int16") for given in scales()}
    assert_cases_agree(cases, inputs=EVERY_PAIR_OF_ENDS, tflite=False)


@pytest.mark.slow
def test_floats_of_every_kind() -> None:
    a, b = (tensor(name, (1, FLOATS.size**2), "float32") for name in "ab")
    inputs = [np.nan_to_num(x, nan=1, posinf=2, neginf=3) for x in every_pair(FLOATS)]
    assert_cases_agree({"floats": pair(KIND, a, b, "float32")}, inputs=inputs)


def test_a_square_by_hand() -> None:
    model = squared((0.5, 0.25, 0.5), (0, 0, -128))
    computed = execute(model.main, EVERY_PAIR)[2][0]
    at = np.searchsorted(EVERY, [[4, 3], [-3, 2], [100, -100]]).T
    # 1.25^2 = 1.5625 = 3.125 steps; (-2)^2 = 8 steps; 75^2 saturates
    np.testing.assert_array_equal(computed[tuple(at)], [-125, -120, 127])


def test_scales_that_stop_the_reference_are_refused() -> None:
    with pytest.raises(UnsupportedError, match=r"2\*\*30 or more"):
        bind(squared((1e6, 1e6, 1e-6)).main)
