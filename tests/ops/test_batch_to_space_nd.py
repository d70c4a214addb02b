"""BATCH_TO_SPACE_ND against tflite-runtime, TFLM and the compiled C."""

import pytest
from ops.cases import assert_cases_agree
from ops.moves import move

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind

Pairs = tuple[tuple[int, int], ...]


def joined(x: tuple[int, ...], blocks: tuple[int, ...], crops: Pairs, dtype: str = "int8") -> Model:
    """The blocks of a batch as images."""
    images = x[0]
    for size in blocks:
        images //= size
    sides = [n * b - sum(c) for n, b, c in zip(x[1:], blocks, crops, strict=False)]
    return move("BATCH_TO_SPACE_ND", x, (images, *sides, x[-1]), (blocks, crops), dtype)


CASES = {
    "whole": joined((4, 2, 3, 2), (2, 2), ((0, 0), (0, 0))),
    "cropped": joined((12, 3, 2, 3), (2, 3), ((1, 2), (0, 2))),
    "one axis": joined((6, 4, 3), (3,), ((2, 1),)),
    "one axis of two": joined((3, 4, 2, 1), (1, 3), ((0, 1), (2, 0))),
    "float32": joined((4, 3, 3, 2), (2, 2), ((1, 1), (1, 0)), "float32"),
}


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)
    types = ("uint8", "int16", "int32", "int64")
    rest = {d: joined((4, 3, 3, 2), (2, 2), ((1, 1), (1, 0)), d) for d in types}
    assert_cases_agree(rest, tflm=False)  # TFLM has int8 and float32


def test_a_cropped_batch_gives_the_same_bytes() -> None:
    assert_cases_agree({"cropped": CASES["cropped"]}, samples=2)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (joined((3, 2, 2, 1), (2, 2), ((0, 0), (0, 0))), "3 images are no whole blocks"),
        (joined((4, 2, 2, 1), (2, 2), ((2, 2), (0, 0))), "crops everything"),
        (joined((4, 2, 2, 1), (2,), ((0, 0),)), "do not fit"),
        (joined((4, 2, 2, 1), (2, 2), ((-1, 0), (0, 0))), "are below 1 or 0"),
    ],
)
def test_refuses_by_name(model: Model, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(model.main)
