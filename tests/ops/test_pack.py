"""PACK against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import assert_all_agree, constant, quantized, single_op
from ops.several import assert_all_outputs_agree, merged

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.plan import lower
from edgeq.simulate.execute import execute


def pack(
    shape: tuple[int, ...],
    axis: int,
    count: int,
    dtype: str = "int8",
    values_count: int | None = None,
) -> Model:
    y = [*shape]
    y.insert(axis % (len(shape) + 1), count)
    make = (
        (lambda n, s: quantized(n, s))
        if dtype == "int8"
        else (lambda n, s: Tensor(n, tuple(s), dtype))
    )
    inputs = [make(f"x{i}", shape) for i in range(count)]
    return single_op(
        "PACK", inputs, make("y", y), "PackOptions", axis=axis, values_count=values_count or count
    )


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    shapes = [
        ((3, 4), 0, 2),
        ((3, 4), 1, 3),
        ((3, 4), 2, 2),
        ((3, 4), -1, 4),
        ((5,), 0, 3),
        ((), 0, 3),
        ((2, 2), 0, 1),
    ]
    models = {
        f"{count} of {shape} at {axis}": pack(shape, axis, count) for shape, axis, count in shapes
    }
    models |= {dtype: pack((2, 3), 1, 2, dtype) for dtype in ("int16", "int32", "float32")}
    assert_all_outputs_agree(merged(models))


def test_constant_inputs() -> None:
    values = constant("c", np.arange(6, dtype=np.int8).reshape(2, 3), 0.05)
    inputs = [values, quantized("x", (2, 3)), values]
    assert_all_agree(
        single_op("PACK", inputs, quantized("y", (2, 3, 3)), "PackOptions", axis=1, values_count=3)
    )


@pytest.mark.parametrize("axis", [2, -1])
def test_the_new_axis_may_be_the_last(axis: int) -> None:
    a, b = np.int8([[[1, 2, 3], [4, 5, 6]]]), np.int8([[[7, 8, 9], [10, 11, 12]]])
    model = pack((2, 3), axis, 2)
    np.testing.assert_array_equal(
        execute(model.main, [a, b])[2][0], np.stack([a[0], b[0]], axis=-1)
    )


def test_one_input_is_a_view() -> None:
    assert lower(pack((2, 3), 0, 1).main).steps[0].call == View(0)


def test_inputs_of_other_shapes_or_scales_are_refused_by_name() -> None:
    y = quantized("y", (2, 2, 3))
    for other, why in (
        (quantized("b", (3, 2)), "cannot be stacked"),
        (quantized("b", (2, 3), 0.1), "differ in scale"),
    ):
        model = single_op(
            "PACK", [quantized("a", (2, 3)), other], y, "PackOptions", axis=0, values_count=2
        )
        with pytest.raises(UnsupportedError, match=f'layer 0, PACK "y".*{why}'):
            lower(model.main)


def test_a_number_that_is_not_that_of_the_inputs_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedError, match="3 inputs and has 2"):
        lower(pack((2, 3), 0, 2, values_count=3).main)
