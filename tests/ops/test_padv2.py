"""PADV2 against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import constant, quantized, single_op
from ops.several import assert_all_outputs_agree, merged

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.plan import lower

PADS = ((0, 0), (1, 1), (0, 2), (1, 0))
SHAPE, PADDED = (1, 3, 4, 2), (1, 5, 6, 3)


def padv2(
    value: float, dtype: str = "int8", scale: float | None = 0.05, index: str = "int32"
) -> Model:
    pads = constant("pads", np.array(PADS, index))
    if dtype == "int8":
        x, y = quantized("x", SHAPE, 0.05, -7), quantized("y", PADDED, 0.05, -7)
        return single_op(
            "PADV2",
            [x, pads, constant("v", np.array(value, dtype), scale, 0, -7)],
            y,
            "PadV2Options",
        )
    x, y, fill = (
        Tensor("x", SHAPE, dtype),
        Tensor("y", PADDED, dtype),
        constant("v", np.array([value], dtype)),
    )
    return single_op("PADV2", [x, pads, fill], y, "PadV2Options")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    values = (-128, -7, 0, 127)
    models = {f"a border of {value}": padv2(value) for value in values}
    wide = {"int16": 0x1234, "int32": -0x12345678, "float32": -0.1}
    models |= {f"a border of {dtype}": padv2(value, dtype) for dtype, value in wide.items()}
    for value, y in zip(
        values, assert_all_outputs_agree(merged(models), compiler=compiler), strict=False
    ):
        assert np.all(y[:, 0, 0] == value)


def test_what_tflite_runtime_adds() -> None:
    """Types that TFLM does not support: uint8 and int64; it reads int64 paddings as int32."""
    models = {
        "uint8": padv2(200, "uint8"),
        "int64": padv2(0x123456789ABCDEF, "int64"),
        "index": padv2(9, index="int64"),
    }
    assert_all_outputs_agree(merged(models), tflm=False)


def test_a_value_of_another_scale_is_refused() -> None:
    with pytest.raises(UnsupportedError, match=r'layer 0, PADV2 "y".*differ in scale'):
        lower(padv2(9, scale=0.06).main)


def test_several_values_are_refused() -> None:
    x, y = Tensor("x", SHAPE, "int32"), Tensor("y", PADDED, "int32")
    values = constant("v", np.zeros(2, np.int32))
    model = single_op("PADV2", [x, constant("pads", np.array(PADS, np.int32)), values], y)
    with pytest.raises(UnsupportedError, match=r'layer 0, PADV2 "y".*2 elements instead of one'):
        lower(model.main)


def test_uint8_of_another_scale_is_refused() -> None:
    """tflite-runtime pads with what was in memory."""
    given = [quantized("x", SHAPE, dtype="uint8"), constant("pads", np.array(PADS, np.int32))]
    given.append(constant("v", np.array([9], np.uint8), 0.06))
    with pytest.raises(UnsupportedError, match="has another scale or zero point than the output"):
        lower(single_op("PADV2", given, quantized("y", PADDED, dtype="uint8"), "PadV2Options").main)
