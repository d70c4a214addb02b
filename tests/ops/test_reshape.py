"""RESHAPE against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import assert_all_agree, constant, quantized, single_op
from ops.several import assert_all_outputs_agree, merged

from edgeq.errors import EdgeqError, UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.opkit.node import Shape
from edgeq.plan import lower
from edgeq.simulate.execute import execute, random_inputs


def reshape(
    shape: tuple[int, ...], target: tuple[int, ...], y: tuple[int, ...], **attributes: object
) -> Model:
    """A model of one RESHAPE, with the target shape as a constant input or as the attribute
    `new_shape`.
    """
    asked = [] if attributes else [constant("shape", np.array(target, np.int32))]
    return single_op(
        "RESHAPE",
        [quantized("x", shape), *asked],
        quantized("y", y),
        "ReshapeOptions",
        **attributes,
    )


CASES: dict[str, tuple[Shape, Shape, Shape]] = {
    "to a vector": ((1, 4, 5, 3), (1, 60), (1, 60)),
    "the rest": ((1, 4, 5, 3), (-1, 6), (10, 6)),
    "the rest at the end": ((2, 3), (3, -1), (3, 2)),
    "from a vector": ((6,), (1, 2, 3), (1, 2, 3)),
    "one element": ((1, 1, 1), (1,), (1,)),
}


def test_every_computer_gives_the_same_bytes() -> None:
    models = {name: reshape(*case) for name, case in CASES.items()}
    models |= {dtype: of_dtype(dtype) for dtype in ("int16", "int32", "float32")}
    models["the shape as an attribute"] = reshape((2, 6), (), (3, 4), new_shape=(3, -1))
    assert_all_outputs_agree(merged(models))


def of_dtype(dtype: str) -> Model:
    shape = constant("shape", np.array([4, 3], np.int32))
    return single_op(
        "RESHAPE", [Tensor("x", (2, 6), dtype), shape], Tensor("y", (4, 3), dtype), "ReshapeOptions"
    )


def test_every_other_dtype() -> None:
    models = {dtype: of_dtype(dtype) for dtype in ("int64", "uint8", "bool")}
    assert_all_outputs_agree(merged(models), tflm=False)  # Python cannot set TFLM's other types


def test_old_files_write_a_scalar_as_shape_0() -> None:
    model = reshape((1,), (), (), new_shape=(0,))
    assert execute(model.main, random_inputs(model.main, 3))[1].shape == (3,)
    assert_all_agree(model, tflm=False)  # TFLM reads the output's shape from the file


def test_nothing_is_copied() -> None:
    assert lower(reshape((2, 6), (3, 4), (3, 4)).main).steps[0].call == View(0)


@pytest.mark.parametrize("target", [(5, -1), (-1, -1), (3, 5), (-2, -6), (0, -1)])
def test_a_shape_that_cannot_hold_the_elements_is_refused_by_name(target: tuple[int, ...]) -> None:
    with pytest.raises(
        UnsupportedError, match=r'layer 0, RESHAPE "y".*cannot hold the 12 elements of \[2, 6\]'
    ):
        lower(reshape((2, 6), target, target).main)


def test_a_computed_shape_is_refused_by_name() -> None:
    inputs = [quantized("x", (2, 6)), Tensor("shape", (2,), "int32")]
    with pytest.raises(UnsupportedError, match='input 1 "shape" is computed'):
        lower(single_op("RESHAPE", inputs, quantized("y", (3, 4))).main)


def test_another_scale_is_refused() -> None:
    inputs = [quantized("x", (2, 6), 0.05), constant("shape", np.array([3, 4], np.int32))]
    with pytest.raises(EdgeqError, match="differ in scale"):
        lower(single_op("RESHAPE", inputs, quantized("y", (3, 4), 0.06)).main)
