"""SPACE_TO_DEPTH against tflite-runtime, TFLM and the compiled C."""

import pytest
from ops.cases import assert_cases_agree
from ops.moves import move

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.opkit.kernel_call import View
from edgeq.ops import bind
from edgeq.ops.space_to_depth import kernel


def moved(x: tuple[int, ...], block: int, dtype: str = "int8", y_scale: float = 0.05) -> Model:
    n, h, w, c = x if len(x) == 4 else (1, *x)
    b = max(block, 1)
    y = (n, h // b, w // b, c * b**2)
    return move(
        "SPACE_TO_DEPTH", x, y, (), dtype, "SpaceToDepthOptions", y_scale=y_scale, block_size=block
    )


CASES = {
    "blocks of 2": moved((1, 6, 4, 3), 2),
    "blocks of 3, a batch of 2": moved((2, 6, 9, 2), 3),
    "one channel": moved((1, 6, 4, 1), 2),
    "float32": moved((1, 6, 4, 3), 2, "float32"),
}


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)
    rest = {dtype: moved((1, 6, 4, 3), 2, dtype) for dtype in ("uint8", "int32", "int64")}
    assert_cases_agree(rest, tflm=False)  # TFLM has int8 and float32


def test_blocks_give_the_same_bytes() -> None:
    assert_cases_agree({"blocks of 3": CASES["blocks of 3, a batch of 2"]}, samples=2)


def test_blocks_of_a_pixel_cost_no_code() -> None:
    (node,) = bind(moved((1, 2, 3, 4), 1).main)
    assert kernel(node) == View(0)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (moved((4, 4, 4), 2), "needs 4 dimensions"),
        (moved((1, 4, 4, 4), 0), "block size of 1 or more"),
        (moved((1, 5, 4, 6), 2), "5 x 4 pixels are no whole blocks"),
        (moved((1, 4, 4, 4), 2, y_scale=0.1), "differ in scale"),
    ],
)
def test_refuses_by_name(model: Model, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(model.main)
