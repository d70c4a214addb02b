"""TRANSPOSE against tflite-runtime, TFLM and the compiled C."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import assert_all_agree, constant, quantized, reference_output, single_op
from ops.several import assert_all_outputs_agree, merged

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.plan import lower
from edgeq.simulate.execute import execute, random_inputs


def transpose(shape: tuple[int, ...], perm: tuple[int, ...], dtype: str = "int8") -> Model:
    y_shape = tuple(shape[axis] for axis in perm)
    x, y = (
        quantized(name, size, dtype=dtype)
        if dtype in ("int8", "uint8", "int16")
        else Tensor(name, size, dtype)
        for name, size in (("x", shape), ("y", y_shape))
    )
    return single_op(
        "TRANSPOSE", [x, constant("perm", np.array(perm, np.int32))], y, "TransposeOptions"
    )


CASES = {
    "a matrix": ((5, 7), (1, 0)),
    "channels first": ((1, 4, 5, 3), (0, 3, 1, 2)),
    "channels last": ((2, 3, 4, 5), (0, 2, 3, 1)),
    "rows and columns": ((1, 3, 4, 20), (0, 2, 1, 3)),
    "backwards": ((2, 3, 4, 5), (3, 2, 1, 0)),
    "nothing merges in 5": ((2, 3, 2, 4, 3), (4, 2, 0, 3, 1)),
    "a vector": ((9,), (0,)),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    models = {name: transpose(*case) for name, case in CASES.items()}
    models |= {
        dtype: transpose((2, 3, 4, 5), (2, 0, 3, 1), dtype) for dtype in ("int16", "float32")
    }
    assert_all_outputs_agree(merged(models), compiler=compiler)


@pytest.mark.slow
def test_what_tflite_runtime_adds() -> None:
    """Types and ranks that TFLM does not support: it has int8, int16 and float32, and at most 5
    axes.
    """
    models = {
        dtype: transpose((2, 3, 4, 5), (2, 0, 3, 1), dtype)
        for dtype in ("uint8", "int32", "int64", "bool")
    }
    models["six axes that do not merge"] = transpose((2, 3, 2, 2, 3, 2), (5, 3, 1, 4, 2, 0))
    assert_all_outputs_agree(merged(models), tflm=False)


@pytest.mark.parametrize(
    ("shape", "perm"),
    [
        ((1, 4, 1, 5), (0, 2, 1, 3)),
        ((1, 1, 7), (1, 2, 0)),
        ((2, 3), (0, 1)),
        ((), ()),
    ],
)
def test_moving_axes_of_size_1_costs_no_code(shape: tuple[int, ...], perm: tuple[int, ...]) -> None:
    assert lower(transpose(shape, perm).main).steps[0].call == View(0)


def test_axes_that_stay_together_are_merged() -> None:
    call = lower(transpose((2, 3, 4, 5, 6), (2, 3, 4, 0, 1)).main).steps[0].call
    assert isinstance(call, KernelCall)
    assert np.array_equal(call.parameters["count"], [6, 120])  # type: ignore[arg-type]


def test_negative_axes_count_from_the_end() -> None:
    model = transpose((2, 3, 4), (0, 2, 1))
    tensors = list(model.main.tensors)
    tensors[1] = constant("perm", np.array([0, -1, -2], np.int32))
    negative = single_op("TRANSPOSE", tensors[:2], tensors[2], "TransposeOptions")
    assert_all_agree(negative, tflm=False)  # TFLM refuses negative axes


@pytest.mark.parametrize("perm", [(0, 0, 1), (0, 1), (0, 1, 3), (0, 1, -4)])
def test_what_is_no_permutation_is_refused_by_name(perm: tuple[int, ...]) -> None:
    x, y = quantized("x", (2, 3, 4)), quantized("y", (2, 3, 4))
    model = single_op("TRANSPOSE", [x, constant("perm", np.array(perm, np.int32))], y)
    with pytest.raises(UnsupportedError, match=r'layer 0, TRANSPOSE "y".*permutation'):
        render_native(model, "m")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_shape_and_permutation(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5)))
    perm = data.draw(st.sampled_from(list(permutations(range(len(shape))))))
    model = transpose(shape, perm)
    inputs = random_inputs(model.main, 2)
    np.testing.assert_array_equal(execute(model.main, inputs)[2], reference_output(model, inputs))
