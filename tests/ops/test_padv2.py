"""PADV2 against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import assert_all_agree, constant, quantized, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.plan import lower

PADS = ((0, 0), (1, 1), (0, 2), (1, 0))
SHAPE, PADDED = (1, 3, 4, 2), (1, 5, 6, 3)


def padv2(value: float, dtype: str = "int8", scale: float | None = 0.05, index: str = "int32") -> Model:
    pads = constant("pads", np.array(PADS, index))
    if dtype == "int8":
        x, y = quantized("x", SHAPE, 0.05, -7), quantized("y", PADDED, 0.05, -7)
        return single_op("PADV2", [x, pads, constant("v", np.array(value, dtype), scale, 0, -7)], y, "PadV2Options")
    x, y, fill = Tensor("x", SHAPE, dtype), Tensor("y", PADDED, dtype), constant("v", np.array([value], dtype))
    return single_op("PADV2", [x, pads, fill], y, "PadV2Options")


@pytest.mark.parametrize("value", [-128, -7, 0, 127])
def test_every_computer_gives_the_same_bytes(value: int) -> None:
    assert np.all(assert_all_agree(padv2(value))[:, 0, 0] == value)


@pytest.mark.parametrize(("value", "dtype"), [(0x1234, "int16"), (-0x12345678, "int32"), (-0.1, "float32")])
def test_a_border_of_several_bytes(value: float, dtype: str) -> None:
    assert_all_agree(padv2(value, dtype))


@pytest.mark.parametrize(("value", "dtype"), [(200, "uint8"), (0x123456789ABCDEF, "int64")])
def test_every_dtype_that_tflite_knows(value: int, dtype: str) -> None:
    assert_all_agree(padv2(value, dtype), tflm=False)


def test_paddings_of_int64() -> None:
    assert_all_agree(padv2(9, index="int64"), tflm=False)  # TFLM reads them as int32


def test_a_value_of_another_scale_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r'layer 0, PADV2 "y".*differ in scale'):
        lower(padv2(9, scale=0.06).main)


def test_several_values_are_refused() -> None:
    x, y = Tensor("x", SHAPE, "int32"), Tensor("y", PADDED, "int32")
    values = constant("v", np.zeros(2, np.int32))
    model = single_op("PADV2", [x, constant("pads", np.array(PADS, np.int32)), values], y)
    with pytest.raises(UnsupportedError, match=r'layer 0, PADV2 "y".*2 elements instead of one'):
        lower(model.main)
