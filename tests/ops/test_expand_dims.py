"""EXPAND_DIMS against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import constant, quantized, single_op
from ops.several import assert_all_outputs_agree, merged

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.plan import lower


def expand(shape: tuple[int, ...], y: tuple[int, ...], axis: object, index: str = "int32") -> Model:
    inputs = [quantized("x", shape), constant("axis", np.array(axis, index))]
    return single_op("EXPAND_DIMS", inputs, quantized("y", y), "ExpandDimsOptions")


CASES = {
    "first": ((4, 3), (1, 4, 3), 0),
    "between": ((4, 3), (4, 1, 3), 1),
    "last": ((4, 3), (4, 3, 1), 2),
    "from the end": ((4, 3), (4, 3, 1), -1),
    "from the end to the front": ((4, 3), (1, 4, 3), -3),
    "the axis in a vector": ((4, 3), (4, 1, 3), [1]),
    "a scalar": ((), (1,), 0),
}


def of_dtype(dtype: str) -> Model:
    inputs = [Tensor("x", (5,), dtype), constant("axis", np.array(0, np.int32))]
    return single_op("EXPAND_DIMS", inputs, Tensor("y", (1, 5), dtype), "ExpandDimsOptions")


def test_every_computer_gives_the_same_bytes() -> None:
    models = {name: expand(*case) for name, case in CASES.items()}
    assert_all_outputs_agree(
        merged(models | {dtype: of_dtype(dtype) for dtype in ("int16", "float32")})
    )


def test_what_tflite_runtime_adds() -> None:
    """Types that TFLM does not support: TFLM has int8, int16 and float32, and int32 axes only."""
    models = {dtype: of_dtype(dtype) for dtype in ("int32", "int64", "uint8", "bool")}
    models["an axis of int64"] = expand((4, 3), (4, 1, 3), 1, "int64")
    assert_all_outputs_agree(merged(models), tflm=False)


def test_nothing_is_copied() -> None:
    assert lower(expand((4, 3), (4, 1, 3), 1).main).steps[0].call == View(0)


@pytest.mark.parametrize("axis", [3, -4, [0, 1]])
def test_an_axis_that_is_none_is_refused_by_name(axis: object) -> None:
    with pytest.raises(UnsupportedError, match=r'layer 0, EXPAND_DIMS "y".*not one of -3 to 2'):
        lower(expand((4, 3), (4, 1, 3), axis).main)
