"""MEAN against tflite-runtime, TFLM and the compiled C."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import constant, quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind


def mean(
    x: tuple[int, ...],
    axes: tuple[int, ...],
    keep_dims: bool = False,
    scales: tuple[float, float] = (0.05, 0.04),
    zero_points: tuple[int, int] = (3, -7),
    dtype: str = "int8",
) -> Model:
    """A model of one MEAN. scales, zero_points: of input and output."""
    reduced = {axis % len(x) for axis in axes}
    shape = tuple(
        1 if i in reduced else size for i, size in enumerate(x) if keep_dims or i not in reduced
    )
    zeros = (0, 0) if dtype == "int16" else zero_points
    return single_op(
        "MEAN",
        [quantized("x", x, scales[0], zeros[0], dtype), constant("axes", np.array(axes, np.int32))],
        quantized("y", shape, scales[1], zeros[1], dtype),
        "ReducerOptions",
        2,
        keep_dims=keep_dims,
    )


CASES = {
    "rows and columns": mean((1, 6, 5, 3), (1, 2)),
    "rows and columns kept": mean((1, 6, 5, 3), (1, 2), True),
    "equal scales": mean((1, 6, 5, 3), (2, 1), True, (0.05, 0.05), (3, 3)),
    "negative and repeated axes": mean((2, 6, 5, 3), (-1, 1, 3, -3)),
    "axes that alternate": mean((2, 3, 4, 5), (0, 2)),
    "five dimensions that alternate": mean((2, 3, 2, 3, 2), (0, 2, 4)),
    "everything": mean((2, 3, 4), (0, 1, 2)),
    "one element": mean((1, 1, 1, 4), (1, 2)),
    "a count of 2**k - 1": mean((1, 3, 21, 2), (1, 2)),
    "zero points -128 and 127": mean((1, 6, 5, 3), (1, 2), zero_points=(-128, 127)),
    "saturation": mean((1, 2, 2, 3), (1, 2), scales=(0.05, 0.003)),
    "a factor that makes sums wrap": mean((1, 6, 5, 3), (1, 2), scales=(1000.0, 1e-5)),
    "a tiny factor": mean((1, 6, 5, 3), (1, 2), scales=(1e-6, 0.9)),
    "int16": mean((1, 6, 5, 3), (1, 2), dtype="int16"),
    "int16, axes that alternate": mean((2, 3, 4, 5), (0, 2), True, dtype="int16"),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)


def test_all_sets_of_axes_give_the_same_bytes() -> None:
    sets = [axes for size in (1, 2, 3, 4) for axes in combinations(range(4), size)]
    assert_cases_agree(
        {
            f"{axes} {keep}": mean((2, 3, 4, 5), axes, keep)
            for axes in sets
            for keep in (False, True)
        }
    )


@st.composite
def random_mean(draw: st.DrawFn) -> Model:
    x = tuple(draw(st.lists(st.integers(1, 7), min_size=2, max_size=4)))
    axes = draw(st.lists(st.integers(-len(x), len(x) - 1), min_size=1, max_size=3))
    scale, zero = st.floats(1e-4, 10), st.integers(-128, 127)
    return mean(
        x, tuple(axes), draw(st.booleans()), (draw(scale), draw(scale)), (draw(zero), draw(zero))
    )


@pytest.mark.slow
@settings(max_examples=3, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_mean(), min_size=8, max_size=12))
def test_random_means_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)})


def test_an_axis_that_is_not_there_is_refused() -> None:
    with pytest.raises(
        UnsupportedError, match=r"axes \[1, 4\] are not all axes of an input \[1, 6, 5, 3\]"
    ):
        bind(mean((1, 6, 5, 3), (1, 4)).main)


def test_axes_that_alternate_too_often_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="more than 3 times"):
        bind(mean((2,) * 7, (0, 2, 4, 6)).main)
