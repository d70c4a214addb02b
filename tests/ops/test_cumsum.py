"""CUMSUM against TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import constant, quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind


def cumsum(
    x: tuple[int, ...],
    axis: int,
    exclusive: bool = False,
    reverse: bool = False,
    dtype: str = "int8",
    scales: tuple[float, float] = (0.05, 0.2),
) -> Model:
    ends = [
        Tensor(name, x, dtype) if dtype == "float32" else quantized(name, x, scale, zero)
        for name, scale, zero in zip("xy", scales, (3, -7), strict=True)
    ]
    inputs = [ends[0], constant("axis", np.array(axis, np.int32))]
    said = {"exclusive": exclusive, "reverse": reverse}
    return single_op("CUMSUM", inputs, ends[1], "CumsumOptions", 1, **said)


CASES = {
    "time": cumsum((1, 7, 3), 1),
    "exclusive": cumsum((2, 5), -1, exclusive=True),
    "reverse": cumsum((4, 3), 0, reverse=True),
    "both": cumsum((2, 5, 2), 1, True, True),
}
FLOATS = {
    f"{e} {r}": cumsum((2, 5, 3), 1, e, r, "float32") for e in (False, True) for r in (False, True)
}


def test_integers_give_the_bytes_of_tflm() -> None:
    """tflite-runtime's reference kernels have no CUMSUM."""
    assert_cases_agree(CASES, tflite=False)


@pytest.mark.slow
def test_floats_and_random_shapes() -> None:
    assert_cases_agree(FLOATS, tflite=False)
    rng, models = np.random.default_rng(0), {}
    for k in range(30):
        shape = tuple(int(n) for n in rng.integers(1, 8, 3))
        scales = (0.05, float(np.exp(rng.uniform(-5, 1))))
        flags = (bool(rng.random() < 0.5), bool(rng.random() < 0.5))
        models[str(k)] = cumsum(shape, int(rng.integers(-3, 3)), *flags, scales=scales)
    assert_cases_agree(models, tflite=False)


def test_an_axis_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="not one axis"):
        bind(cumsum((2, 3), 2).main)
