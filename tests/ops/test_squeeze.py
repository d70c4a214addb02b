"""SQUEEZE against tflite-runtime, TFLM and the compiled C."""

import pytest
from ops.harness import quantized, single_op
from ops.several import assert_all_outputs_agree, merged

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.plan import lower


def squeeze(
    shape: tuple[int, ...], y: tuple[int, ...], axes: tuple[int, ...] | None = None
) -> Model:
    options = {} if axes is None else {"squeeze_dims": axes}
    return single_op(
        "SQUEEZE", [quantized("x", shape)], quantized("y", y), "SqueezeOptions", **options
    )


CASES = {
    "every axis of size 1": ((1, 4, 1, 3), (4, 3), None),
    "an empty list is every one": ((1, 4, 1, 3), (4, 3), ()),
    "one axis": ((1, 4, 1, 3), (1, 4, 3), (2,)),
    "negative axes": ((1, 4, 1, 3), (4, 3), (-2, -4)),
    "an axis named twice": ((1, 4, 1, 3), (1, 4, 3), (2, -2)),
    "nothing to drop": ((2, 3), (2, 3), None),
    "down to a scalar": ((1, 1), (), None),
}


def of_dtype(dtype: str) -> Model:
    return single_op(
        "SQUEEZE", [Tensor("x", (1, 5), dtype)], Tensor("y", (5,), dtype), "SqueezeOptions"
    )


def test_every_computer_gives_the_same_bytes() -> None:
    models = {name: squeeze(*case) for name, case in CASES.items()}
    assert_all_outputs_agree(
        merged(models | {d: of_dtype(d) for d in ("int16", "int32", "float32")})
    )


def test_every_other_dtype() -> None:
    models = {dtype: of_dtype(dtype) for dtype in ("int64", "uint8", "bool")}
    assert_all_outputs_agree(merged(models), tflm=False)  # Python cannot set TFLM's other types


def test_nothing_is_copied() -> None:
    assert lower(squeeze((1, 4), (4,)).main).steps[0].call == View(0)


@pytest.mark.parametrize("axes", [(1,), (4,), (-5,)])
def test_an_axis_that_is_not_of_size_1_is_refused_by_name(axes: tuple[int, ...]) -> None:
    with pytest.raises(UnsupportedError, match=r'layer 0, SQUEEZE "y".*not all of size 1'):
        lower(squeeze((1, 4, 1, 3), (4, 3), axes).main)
