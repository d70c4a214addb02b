"""REVERSE_V2 against tflite-runtime, TFLM and the compiled C."""

from itertools import combinations

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.movements import data, moved

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind

TYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")


def reverse(x: tuple[int, ...], axes: tuple[int, ...], dtype: str = "int8") -> Model:
    return moved("REVERSE_V2", data("x", x, dtype), np.array(axes, np.int32), x)


CASES = {
    "time": reverse((1, 6, 4), (1,)),
    "channels": reverse((2, 3, 5), (-1,)),
}
SEVERAL = {
    "everything": reverse((2, 3, 4), (0, 1, 2)),
    "rows and columns": reverse((1, 3, 4, 2), (1, 2)),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_every_type_and_axis() -> None:
    models = {dtype: reverse((2, 3, 4), (1,), dtype) for dtype in TYPES}
    models |= {f"axis {axis}": reverse((2, 3, 4, 5), (axis,)) for axis in range(-4, 4)}
    assert_cases_agree(models)


@pytest.mark.slow
def test_several_axes_give_the_bytes_of_tflm() -> None:
    """tflite-runtime turns one of them: see the known differences."""
    models = {dtype: reverse((2, 3, 4), (1, 2), dtype) for dtype in TYPES}
    assert_cases_agree(SEVERAL | models, tflite=False)


@pytest.mark.slow
def test_axes_apart_as_numpy_turns_them() -> None:
    """TFLM refuses axes that are not neighbours."""
    sets = [axes for size in (2, 3) for axes in combinations(range(4), size)]
    models = {str(axes): reverse((2, 3, 4, 5), axes) for axes in sets}
    assert_cases_agree(models, tflite=False, tflm=False)


@pytest.mark.parametrize("axes", [(0, 0), (2,), (-3,), (0, -2)])
def test_axes_that_are_not_there_or_twice_are_refused(axes: tuple[int, ...]) -> None:
    with pytest.raises(UnsupportedError, match="not different axes"):
        bind(reverse((2, 3), axes).main)
