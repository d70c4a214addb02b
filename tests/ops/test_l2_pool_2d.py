"""L2_POOL_2D against tflite-runtime, TFLM and the compiled C."""

import pytest
from opkit.test_float_pooling import pool, pools
from ops.cases import assert_cases_agree

CASES = {
    "windows apart": pool("L2_POOL_2D", (1, 6, 8, 3), (2, 2), (2, 2)),
    "padded": pool("L2_POOL_2D", (2, 5, 6, 2), (3, 3), (1, 1), activation="RELU6"),
}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_all_sorts_of_windows() -> None:
    assert_cases_agree(pools("L2_POOL_2D"), compiler="clang")
