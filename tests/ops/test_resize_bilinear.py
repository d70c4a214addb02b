"""RESIZE_BILINEAR against tflite-runtime, TFLM and the compiled C."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.resizing import resize, sizes

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind

KIND = "RESIZE_BILINEAR"
CASES = {
    "twice": resize(KIND, (1, 3, 4, 5), (6, 8)),
    "half": resize(KIND, (1, 6, 8, 3), (3, 4)),
    "a batch of 2, fractions": resize(KIND, (2, 5, 7, 2), (8, 3)),
    "corners": resize(KIND, (1, 5, 4, 3), (9, 7), align_corners=True),
    "half pixels": resize(KIND, (1, 5, 4, 3), (9, 7), half_pixel_centers=True),
    "half pixels, far up": resize(KIND, (1, 2, 1, 3), (19, 17), half_pixel_centers=True),
    "to a pixel": resize(KIND, (1, 5, 4, 3), (1, 1), align_corners=True),
    "from a pixel": resize(KIND, (1, 1, 1, 3), (5, 4), half_pixel_centers=True),
    "float32": resize(KIND, (1, 3, 4, 5), (5, 9), "float32", half_pixel_centers=True),
    "float32, corners": resize(KIND, (2, 3, 4, 2), (5, 9), "float32", align_corners=True),
}
INT16 = {
    "int16": resize(KIND, (1, 3, 4, 5), (5, 9), "int16", half_pixel_centers=True),
    "int16, corners": resize(KIND, (1, 3, 4, 5), (5, 9), "int16", align_corners=True),
}


@pytest.mark.slow
def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)
    assert_cases_agree(INT16, tflm=False)  # TFLM has none


def test_half_pixels_give_the_same_bytes() -> None:
    assert_cases_agree({"half pixels": CASES["half pixels"]}, samples=2)


@pytest.mark.slow
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(sizes(KIND, ("int8", "float32")), min_size=20, max_size=30))
def test_random_sizes_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)}, samples=3)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (resize(KIND, (3, 4, 5), (6, 8)), "needs 4 dimensions"),
        (resize(KIND, (1, 3, 4, 5), (6, 8), y_scale=0.1), "differ in scale"),
        (
            resize(KIND, (1, 3, 4, 5), (6, 8), align_corners=True, half_pixel_centers=True),
            "exclude each other",
        ),
        (resize(KIND, (1, 2, 2, 1), (130, 2)), "beyond the last of 2 pixels"),
    ],
)
def test_refuses_by_name(model: Model, message: str) -> None:
    with pytest.raises(UnsupportedError, match=message):
        bind(model.main)
