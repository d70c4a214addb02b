"""SIGNAL_WINDOW against TFLM and the compiled C."""

import numpy as np
import pytest
from ops.signals import assert_agrees, int16, ramp, signal, values, with_options

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute

WINDOW = np.int16([-32768, 32767, 4096, -4096, 1, 0, 12345, -777])


def window(shape: tuple[int, ...] = (2, 8), shift: int = 12, weights: bool = True) -> Model:
    w = values("w", WINDOW) if weights else int16("w", 8)
    return signal("SignalWindow", [int16("x", *shape), w], [int16("y", *shape)], shift=shift)


CASES = {"frames": window(), "computed window": window(weights=False)}


def test_products_are_rounded_down_and_saturate() -> None:
    x = np.int16([[-32768, -32768, 5, 5, -1, 9, 100, 100]])
    y = execute(window((8,)).main, [x])[2]
    assert y.tolist() == [[32767, -32768, 5, -5, -1, 0, 301, -19]]


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0, 1, 12, 31])
@pytest.mark.parametrize("shape", [(8,), (2, 8), (1, 3, 16)])
def test_shapes_and_shifts(shape: tuple[int, ...], shift: int) -> None:
    assert_agrees(window(shape, shift), ramp(8, *shape))


@pytest.mark.slow
def test_a_computed_window() -> None:
    assert_agrees(window(weights=False))


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (window((9,)), "its window has 8 elements"),
        (with_options(window(), shift=32), "its shift is 32"),
        (with_options(window(), shift=-1), "its shift is -1"),
        (with_options(window(), shift=0.5), "its shift is 0.5"),
    ],
)
def test_refuses_what_would_read_outside_of_the_window(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(model.main)
