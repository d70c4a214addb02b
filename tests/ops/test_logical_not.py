"""LOGICAL_NOT against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.broadcasts import tensor
from ops.cases import assert_cases_agree
from ops.harness import single_op

from edgeq.graph import Model
from edgeq.simulate.execute import execute


def inverted(*shape: int) -> Model:
    return single_op("LOGICAL_NOT", [tensor("x", shape, "bool")], tensor("y", shape, "bool"))


CASES = {"vector": inverted(13), "rank 4": inverted(1, 3, 5, 2), "rank 0": inverted()}


def test_every_rank() -> None:
    assert_cases_agree(CASES, compiled=False)


@pytest.mark.slow
def test_compiled() -> None:
    assert_cases_agree(CASES)


def test_both_values() -> None:
    computed = execute(inverted(2).main, [np.array([[False, True]])])[1]
    np.testing.assert_array_equal(computed, [[True, False]])
