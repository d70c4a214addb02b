"""BROADCAST_TO against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.movements import data, moved

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind

TYPES = ("int8", "uint8", "int16", "int32", "int64", "float32", "bool")


def broadcast(
    x: tuple[int, ...], y: tuple[int, ...], dtype: str = "int8", shape_dtype: str = "int32"
) -> Model:
    return moved("BROADCAST_TO", data("x", x, dtype), np.array(y, shape_dtype), y, version=3)


CASES = {
    "a vector at every pixel": broadcast((5,), (1, 2, 3, 5)),
    "a number in every channel": broadcast((2, 3, 1), (2, 3, 4)),
    "in between": broadcast((2, 1, 3), (4, 2, 5, 3)),
    "nothing": broadcast((2, 3), (2, 3)),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_types_and_random_shapes() -> None:
    models = {t: broadcast((2, 1), (3, 2, 2), t, "int64") for t in TYPES}
    rng = np.random.default_rng(0)
    for k in range(30):
        y = tuple(int(n) for n in rng.integers(1, 5, int(rng.integers(1, 6))))
        x = tuple(n if rng.random() < 0.5 else 1 for n in y)[int(rng.integers(0, len(y))) :]
        models[str(k)] = broadcast(x, y)
    assert_cases_agree(models)


@pytest.mark.parametrize(("x", "y"), [((2, 3), (3,)), ((2, 3), (2, 4)), ((3,), (3, 2))])
def test_what_does_not_broadcast_is_refused(x: tuple[int, ...], y: tuple[int, ...]) -> None:
    with pytest.raises(UnsupportedError, match="does not broadcast"):
        bind(broadcast(x, y).main)
