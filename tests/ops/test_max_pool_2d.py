"""MAX_POOL_2D against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.pools import cases, pool, random_pool

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.simulate.execute import execute

CASES = cases("MAX_POOL_2D")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)


@pytest.mark.slow
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_pool("MAX_POOL_2D"), min_size=8, max_size=12))
def test_random_pools_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)})


def test_padding_is_never_the_largest() -> None:
    """With inputs of -128, padding by the zero point would be larger."""
    graph = pool("MAX_POOL_2D", (1, 3, 3, 1), (3, 3), zero_point=100).main
    lowest = np.full((1, 1, 3, 3, 1), -128, np.int8)
    assert execute(graph, [lowest])[graph.outputs[0]].max() == -128


def test_another_scale_or_a_window_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UnsupportedError, match='"x" and "y" differ in scale or zero point'):
        bind(pool("MAX_POOL_2D", (1, 4, 4, 1), (2, 2), output_scale=0.06).main)
    with pytest.raises(UnsupportedError, match="no integer form of the fused activation TANH"):
        bind(pool("MAX_POOL_2D", (1, 4, 4, 1), (2, 2), activation="TANH").main)
    with pytest.raises(UnsupportedError, match="a window of 5 x 2 does not fit into 4 x 4"):
        bind(pool("MAX_POOL_2D", (1, 4, 4, 1), (5, 2), padding="VALID").main)
