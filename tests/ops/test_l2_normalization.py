"""L2_NORMALIZATION against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def normalized(
    shape: tuple[int, ...], zero_point: int = 3, dtype: str = "int8", scale: float = 1 / 128
) -> Model:
    """scale: of the output."""
    x, y = (
        Tensor(name, shape, dtype) if dtype == "float32" else quantized(name, shape, s, zero)
        for name, s, zero in (("x", 0.05, zero_point), ("y", scale, 0))
    )
    return single_op(
        "L2_NORMALIZATION", [x], y, "L2NormOptions", 1, fused_activation_function="NONE"
    )


CASES = {
    "vectors": normalized((2, 5)),
    "pixels": normalized((1, 3, 4, 7), -128),
    "single elements": normalized((3, 1), 127),
    "a long row": normalized((1, 300), -20),
    "float32": normalized((2, 3, 6), dtype="float32"),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_short_row(compiler: str) -> None:
    """Rows of little, among them 0, whose sums of squares are small."""
    steps = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3), -1).reshape(-1, 1, 3).astype(np.int8)
    for zero in (-128, 0, 3, 127):
        x = np.clip(steps.astype(int) + zero, -128, 127).astype(np.int8)
        assert_cases_agree({"row": normalized((1, 3), zero)}, inputs=[x], compiler=compiler)


def test_a_row_of_zeros_stays() -> None:
    model = normalized((1, 4), dtype="float32")
    x = np.array([[[0, 0, -0.0, 0]], [[1e-9, 0, 0, 0]], [[3e19, 0, 0, 1]]], np.float32)
    expected = execute(model.main, [x])[1]
    np.testing.assert_array_equal(
        expected.view(np.int32), compiled_output(model, [x]).view(np.int32)
    )
    np.testing.assert_array_equal(expected[0], x[0])


@pytest.mark.slow
def test_random_rows() -> None:
    rng = np.random.default_rng(0)
    models = {
        str(k): normalized(
            tuple(int(n) for n in rng.integers(1, 9, 2)), int(rng.integers(-128, 128))
        )
        for k in range(60)
    }
    assert_cases_agree(models)


def test_another_output_scale_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="1/128"):
        bind(normalized((1, 4), scale=0.1).main)
