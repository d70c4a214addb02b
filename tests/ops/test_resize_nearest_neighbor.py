"""RESIZE_NEAREST_NEIGHBOR against tflite-runtime, TFLM and the compiled C."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.resizing import resize, sizes

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.opkit.kernel_call import View
from edgeq.ops import bind
from edgeq.ops.resize_nearest_neighbor import kernel

KIND = "RESIZE_NEAREST_NEIGHBOR"
CASES = {
    "twice": resize(KIND, (1, 3, 4, 5), (6, 8)),
    "half": resize(KIND, (1, 6, 8, 3), (3, 4)),
    "a batch of 2, fractions": resize(KIND, (2, 5, 7, 2), (8, 3)),
    "corners": resize(KIND, (1, 5, 4, 3), (9, 7), align_corners=True),
    "half pixels": resize(KIND, (1, 5, 4, 3), (9, 7), half_pixel_centers=True),
    "corners and half pixels": resize(
        KIND, (1, 5, 4, 3), (9, 3), align_corners=True, half_pixel_centers=True
    ),
    "to a pixel": resize(KIND, (1, 5, 4, 3), (1, 1), align_corners=True),
    "from a pixel": resize(KIND, (1, 1, 1, 3), (5, 4), half_pixel_centers=True),
    "int16": resize(KIND, (1, 3, 4, 5), (5, 9), "int16"),
    "float32": resize(KIND, (1, 3, 4, 5), (5, 9), "float32"),
}


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)
    uint8 = resize(KIND, (1, 3, 4, 5), (5, 9), "uint8")
    assert_cases_agree({"uint8": uint8}, tflm=False)  # TFLM has none


def test_half_pixels_give_the_same_bytes() -> None:
    assert_cases_agree({"half pixels": CASES["half pixels"]}, samples=2)


@pytest.mark.slow
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(sizes(KIND, ("int8", "int16", "float32")), min_size=20, max_size=30))
def test_random_sizes_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)}, samples=3)


def test_the_same_size_costs_no_code() -> None:
    (node,) = bind(resize(KIND, (1, 3, 4, 5), (3, 4)).main)
    assert kernel(node) == View(0)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (resize(KIND, (3, 4, 5), (6, 8)), "needs 4 dimensions"),
        (resize(KIND, (1, 3, 4, 5), (0, 8)), "not between 1 and"),
        (resize(KIND, (1, 3, 4, 5), (6, 8), y_scale=0.1), "differ in scale"),
    ],
)
def test_refuses_by_name(model: Model, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(model.main)
