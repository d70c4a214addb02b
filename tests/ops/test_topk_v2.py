"""TOPK_V2 against tflite-runtime and the compiled C; TFLM has none."""

import numpy as np
import pytest
from ops.compiled import run_compiled
from ops.harness import constant
from ops.movements import data
from ops.several import assert_all_outputs_agree, merged, several_outputs, tflite_outputs

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.simulate.execute import execute, random_inputs

TYPES = ("int8", "uint8", "int32", "int64", "float32")


def top(shape: tuple[int, ...], k: int, dtype: str = "int8") -> Model:
    ends = (*shape[:-1], k)
    outputs = [data("y", ends, dtype), Tensor("i", ends, "int32")]
    count = constant("k", np.array(k, np.int32))
    return several_outputs("TOPK_V2", [data("x", shape, dtype), count], outputs, "TopKV2Options")


CASES = {
    "classes": top((1, 10), 3),
    "rows": top((2, 3, 40), 5, "float32"),
    "all": top((2, 7), 7, "int32"),
    "one": top((9,), 1, "int64"),
}


EQUAL = {dtype: top((4, 300), 60, dtype) for dtype in TYPES}
"""256 elements of 8 bits are never all different."""
ODD = np.float32([[[1, -0.0, 0.0, np.inf, -np.inf, np.nan, -1, -0.0]]])
"""Floats that compare oddly."""


def test_every_type_and_equal_elements() -> None:
    model = merged(CASES | EQUAL)
    inputs = random_inputs(model.main, 6)
    found = execute(model.main, inputs)
    for t, got in zip(model.main.outputs, tflite_outputs(model, inputs), strict=True):
        np.testing.assert_array_equal(found[t], got)


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    assert_all_outputs_agree(merged(CASES | EQUAL), tflm=False)


def test_zeros_of_either_sign_are_equal_and_nan_is_beyond_infinity() -> None:
    found = execute(top((1, 8), 8, "float32").main, [ODD])
    assert found[3][0, 0].tolist() == [5, 3, 0, 1, 2, 7, 6, 4]


@pytest.mark.slow
def test_compiled_floats_that_compare_oddly() -> None:
    model = top((1, 8), 8, "float32")
    found, made = execute(model.main, [ODD]), run_compiled(render_native(model, "op"), [ODD])
    for t in model.main.outputs:
        np.testing.assert_array_equal(found[t].view(np.int32), made[t].view(np.int32))


@pytest.mark.parametrize("k", [-1, 4])
def test_more_than_there_are_is_refused(k: int) -> None:
    with pytest.raises(UnsupportedError, match=rf"\[{k}\] elements"):
        bind(top((2, 3), k).main)
