"""TILE against tflite-runtime and the compiled C; TFLM has no such operator."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.movements import data, moved

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind


def tile(x: tuple[int, ...], times: tuple[int, ...], dtype: str = "int8") -> Model:
    y = tuple(n * m for n, m in zip(x, times, strict=True))
    return moved("TILE", data("x", x, dtype), np.array(times, np.int32), y)


CASES = {
    "a vector at every step": tile((1, 1, 5), (1, 4, 1)),
    "pixels": tile((1, 3, 2, 3), (1, 2, 3, 1)),
    "the last axis": tile((2, 3), (1, 4)),
    "everything": tile((2, 1, 3), (2, 3, 2)),
    "nothing": tile((2, 3), (1, 1)),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES, tflm=False)


@pytest.mark.slow
def test_types_and_random_shapes() -> None:
    models = {t: tile((2, 3), (2, 2), t) for t in ("int32", "int64", "float32", "bool", "uint8")}
    rng = np.random.default_rng(0)
    for k in range(30):
        shape, times = (tuple(int(n) for n in rng.integers(1, 4, 3)) for _ in "ab")
        models[str(k)] = tile(shape, times)
    assert_cases_agree(models, tflm=False)


def test_int16_as_numpy_has_it() -> None:
    """The oracles have no int16."""
    assert_cases_agree({"int16": tile((2, 3), (2, 2), "int16")}, tflite=False, tflm=False)


@pytest.mark.parametrize("times", [(0, 2), (-1, 2)])
def test_no_copies_are_refused(times: tuple[int, ...]) -> None:
    with pytest.raises(UnsupportedError, match="multiples"):
        bind(moved("TILE", data("x", (2, 3)), np.array(times, np.int32), (2, 6)).main)
