"""REDUCE_ALL against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.reductions import every_set_of_axes, random_reduction, reduction

CASES = {
    "rows and columns": reduction("REDUCE_ALL", (1, 1, 2, 3), (1, 2), dtype="bool"),
    "axes that alternate": reduction("REDUCE_ALL", (2, 1, 2, 3), (0, 2), True, "bool"),
    "everything": reduction("REDUCE_ALL", (2, 2), (0, -1), dtype="bool"),
}
TFLM = True


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES, tflm=TFLM)


@pytest.mark.slow
def test_all_sets_of_axes() -> None:
    assert_cases_agree(every_set_of_axes("REDUCE_ALL", "bool"), compiler="clang", tflm=TFLM)


@pytest.mark.slow
def test_random_shapes() -> None:
    rng = np.random.default_rng(0)
    models = {f"{k}": random_reduction("REDUCE_ALL", rng, "bool") for k in range(40)}
    assert_cases_agree(models, tflm=TFLM)
