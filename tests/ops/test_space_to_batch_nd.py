"""SPACE_TO_BATCH_ND against tflite-runtime, TFLM and the compiled C."""

import pytest
from ops.cases import assert_cases_agree
from ops.moves import move

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind

Pairs = tuple[tuple[int, int], ...]


def cut(
    x: tuple[int, ...],
    blocks: tuple[int, ...],
    pads: Pairs,
    dtype: str = "int8",
    zero_point: int = 0,
) -> Model:
    """Images as the blocks of a batch."""
    images = x[0]
    for size in blocks:
        images *= size
    sides = [(n + sum(p)) // b if b else 1 for n, b, p in zip(x[1:], blocks, pads, strict=False)]
    y = (images, *sides, x[-1])
    return move("SPACE_TO_BATCH_ND", x, y, (blocks, pads), dtype, zero_point=zero_point)


WHOLE = {
    "whole": cut((1, 4, 6, 2), (2, 2), ((0, 0), (0, 0)), zero_point=3),
    "a batch of 2, one axis": cut((2, 6, 3), (3,), ((0, 0),)),
    "float32, one axis of two": cut((1, 3, 6, 2), (1, 2), ((0, 0), (0, 0)), "float32"),
}
PADDED = {
    "padded": cut((2, 3, 4, 3), (2, 3), ((1, 2), (0, 2)), zero_point=-7),
    "padded, one axis": cut((2, 4, 3), (3,), ((1, 1),)),
    "padded, one axis of two": cut((1, 4, 4, 1), (1, 3), ((0, 1), (2, 0)), zero_point=127),
    "blocks above the image": cut((1, 2, 1, 2), (4, 3), ((1, 1), (1, 1)), zero_point=3),
    "padded, float32": cut((1, 3, 3, 2), (2, 2), ((1, 0), (0, 1)), "float32"),
}
"""TFLM fills borders with a byte of memory that it never wrote."""
CASES = {**WHOLE, **PADDED}


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(WHOLE)
    types = ("uint8", "int16", "int32", "int64")
    rest = {d: cut((1, 3, 3, 2), (2, 2), ((1, 0), (0, 1)), d) for d in types}
    assert_cases_agree(PADDED | rest, tflm=False)


def test_a_padded_batch_gives_the_same_bytes() -> None:
    assert_cases_agree({"padded": CASES["padded"]}, samples=2, tflm=False)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (cut((1, 3, 4, 1), (2, 2), ((0, 0), (0, 0))), "3 x 4 padded pixels are no whole blocks"),
        (cut((1, 4, 4, 1), (2,), ((0, 0),)), "do not fit"),
        (cut((1, 4, 4, 1), (2, 0), ((0, 0), (0, 0))), "are below 1 or 0"),
    ],
)
def test_refuses_by_name(model: Model, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(model.main)
