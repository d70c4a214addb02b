"""UNPACK against tflite-runtime, TFLM and the compiled C."""

import pytest
from ops.harness import quantized
from ops.several import assert_all_outputs_agree, merged, several_outputs

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.plan import lower


def unpack(shape: tuple[int, ...], axis: int, dtype: str = "int8", num: int | None = None) -> Model:
    y = [size for i, size in enumerate(shape) if i != axis % len(shape)]
    make = (
        (lambda n, s: quantized(n, s))
        if dtype == "int8"
        else (lambda n, s: Tensor(n, tuple(s), dtype))
    )
    outputs = [make(f"y{i}", y) for i in range(shape[axis])]
    return several_outputs(
        "UNPACK", [make("x", shape)], outputs, "UnpackOptions", axis=axis, num=num or shape[axis]
    )


def test_every_computer_gives_the_same_bytes() -> None:
    shapes = [
        ((2, 3, 4), 0),
        ((2, 3, 4), 1),
        ((2, 3, 4), 2),
        ((2, 3, 4), -2),
        ((3, 5), 0),
        ((4,), 0),
        ((1, 3), 0),
    ]
    models = {f"axis {axis} of {shape}": unpack(shape, axis) for shape, axis in shapes}
    models |= {dtype: unpack((2, 3), 1, dtype) for dtype in ("int16", "int32", "float32")}
    assert_all_outputs_agree(merged(models))


def test_slices_that_lie_aligned_one_after_another_are_views() -> None:
    assert lower(unpack((3, 2, 4), 0).main).steps[0].call == View(0, (0, 8, 16))
    assert not isinstance(lower(unpack((3, 5), 0).main).steps[0].call, View)


def test_a_number_that_is_not_the_axis_is_refused_by_name() -> None:
    with pytest.raises(
        UnsupportedError, match=r'layer 0, UNPACK "y0".*2 slices of an axis of 3 elements'
    ):
        lower(unpack((3, 5), 0, num=2).main)
