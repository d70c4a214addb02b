"""Whether any element is true becomes what TFLM runs."""

import numpy as np
import pytest
from ops.harness import agrees
from ops.reductions import reduction

from edgeq.quantize.reductions import with_reduce_all
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute, random_inputs
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("axes", [(1,), (1, 2), (0, -1)])
def test_any_is_not_all_not(axes: tuple[int, ...], keep: bool) -> None:
    model = reduction("REDUCE_ANY", (2, 3, 4), axes, keep, "bool")
    made = with_reduce_all(model)
    assert [op.kind for op in made.main.ops] == ["LOGICAL_NOT", "REDUCE_ALL", "LOGICAL_NOT"]
    inputs = random_inputs(model.main, 8)
    (y,) = model.main.outputs
    np.testing.assert_array_equal(execute(made.main, inputs)[y], execute(model.main, inputs)[y])
    assert agrees(compare_with(ORACLES["tflm"], made, inputs, by=interpreter_of("tflm")))
