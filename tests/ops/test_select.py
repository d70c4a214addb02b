"""SELECT against tflite-runtime and the compiled C; TFLM has only SELECT_V2."""

import pytest
from ops.broadcasts import tensor
from ops.cases import assert_cases_agree
from ops.harness import single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind

Shape = tuple[int, ...]


def selected(condition: Shape, shape: Shape, dtype: str) -> Model:
    a, b, y = (tensor(name, shape, dtype) for name in "aby")
    return single_op("SELECT", [tensor("c", condition, "bool"), a, b], y)


CASES = {
    f"{dtype} {list(condition)}": selected(condition, (2, 3, 5), dtype)
    for dtype in ("int8", "int16", "int32", "float32")
    for condition in ((2, 3, 5), ())
}


def test_every_type() -> None:
    assert_cases_agree(CASES, tflm=False, compiled=False)


@pytest.mark.slow
def test_compiled() -> None:
    assert_cases_agree(CASES, tflm=False)


def test_refuses_a_condition_for_each_slice() -> None:
    with pytest.raises(UnsupportedError, match="differ in shape"):
        bind(selected((2,), (2, 3), "int8").main)
