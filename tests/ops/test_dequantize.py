"""DEQUANTIZE against tflite-runtime, TFLM and the compiled C: the same bits of every float."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, quantized, single_op, tflm_output

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Quantization, Tensor
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute


def layer(
    dtype: str, scale: float = 0.031, zero_point: int = 0, shape: tuple[int, ...] = (3, 7)
) -> Model:
    x = quantized("x", shape, scale, zero_point, dtype)
    return single_op("DEQUANTIZE", [x], Tensor("y", shape, "float32"), "DequantizeOptions")


CASES = {
    "int8": layer("int8", 0.031, 5),
    "int8, zero point -128": layer("int8", 1 / 255, -128),
    "int8, tiny scale": layer("int8", 3e-38, 127),
    "int8, huge scale": layer("int8", 1e36),
    "uint8": layer("uint8", 0.7, 131),
    "int16": layer("int16", 1 / 32768),
    "one element": layer("int8", shape=(1,)),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_floats(compiler: str) -> None:
    assert_cases_agree(CASES, samples=30, compiler=compiler)


def test_int16_zero_points_which_tflite_refuses() -> None:
    assert_cases_agree({"int16": layer("int16", 0.0013, -1234)}, samples=30, tflite=False)


def test_one_rounding_suffices_for_every_int16_value() -> None:
    model = layer("int16", 0.1234567, 0, (65536,))
    x = np.arange(-32768, 32768).astype(np.int16)[None]
    y = execute(model.main, [x])[1]
    np.testing.assert_array_equal(y, (np.float64(np.float32(0.1234567)) * x).astype(np.float32))
    for other in (tflm_output(model, [x]), compiled_output(model, [x])):
        np.testing.assert_array_equal(y.view(np.uint32), other.view(np.uint32))


def test_the_output_ends_where_the_input_does() -> None:
    assert plan_arena(lower(layer("int8", shape=(100,)).main)).arena_bytes == 400
    assert (
        plan_arena(lower(layer("int16", shape=(100,)).main)).arena_bytes == 600
    )  # kept apart by aliasing rules


def test_one_scale_is_needed() -> None:
    x = Tensor("x", (2,), "int8", Quantization((0.1, 0.2), (0, 0)))
    with pytest.raises(UnsupportedError, match="which has several scales"):
        lower(single_op("DEQUANTIZE", [x], Tensor("y", (2,), "float32"), "DequantizeOptions").main)
