"""MIRROR_PAD against tflite-runtime, TFLM and the compiled C."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.moves import move

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.opkit.kernel_call import View
from edgeq.ops import bind
from edgeq.ops.mirror_pad import kernel

Pads = tuple[tuple[int, int], ...]


def mirrored(x: tuple[int, ...], pads: Pads, mode: str = "REFLECT", dtype: str = "int8") -> Model:
    y = tuple(size + sum(pad) for size, pad in zip(x, pads, strict=True))
    return move("MIRROR_PAD", x, y, (pads,), dtype, "MirrorPadOptions", mode=mode)


SIDES: Pads = ((0, 0), (1, 2), (3, 1), (0, 0))
CASES = {
    "reflected": mirrored((1, 3, 4, 5), SIDES),
    "symmetric": mirrored((1, 3, 4, 5), SIDES, "SYMMETRIC"),
    "every axis": mirrored((2, 3, 4, 5), ((1, 0), (0, 2), (3, 3), (1, 4))),
    "every axis, symmetric": mirrored((2, 3, 4, 5), ((2, 1), (0, 3), (4, 4), (1, 5)), "SYMMETRIC"),
    "a vector": mirrored((7,), ((6, 6),)),
    "five axes": mirrored((2, 2, 3, 2, 2), ((1, 1), (0, 1), (2, 0), (1, 0), (1, 1))),
    "float32": mirrored((1, 3, 4, 5), SIDES, dtype="float32"),
}


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)
    types = ("uint8", "int16", "int32", "int64")
    rest = {dtype: mirrored((1, 3, 4, 5), SIDES, "SYMMETRIC", dtype) for dtype in types}
    assert_cases_agree(rest, tflm=False)  # TFLM has int8 and float32


def test_every_axis_gives_the_same_bytes() -> None:
    assert_cases_agree({"every axis": CASES["every axis"]}, samples=2)


@st.composite
def random_mirrors(draw: st.DrawFn) -> Model:
    x = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    mode = draw(st.sampled_from(["REFLECT", "SYMMETRIC"]))
    most = [size - (mode == "REFLECT") for size in x]
    pads = tuple((draw(st.integers(0, m)), draw(st.integers(0, m))) for m in most)
    return mirrored(x, pads, mode, draw(st.sampled_from(["int8", "float32"])))


@pytest.mark.slow
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_mirrors(), min_size=20, max_size=30))
def test_random_borders_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)}, samples=3)


def test_no_border_costs_no_code() -> None:
    (node,) = bind(mirrored((2, 3), ((0, 0), (0, 0))).main)
    assert kernel(node) == View(0)


@pytest.mark.parametrize(
    ("x", "pads", "mode", "message"),
    [
        ((3, 4), ((3, 0), (0, 0)), "REFLECT", "mirrors 3 elements of an axis that has 2"),
        ((3, 4), ((0, 0), (0, 5)), "SYMMETRIC", "mirrors 5 elements of an axis that has 4"),
    ],
)
def test_refuses_what_reaches_beyond_the_input(
    x: tuple[int, ...], pads: Pads, mode: str, message: str
) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(mirrored(x, pads, mode).main)
