"""AVERAGE_POOL_2D against tflite-runtime, TFLM and the compiled C."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import quantized
from ops.pools import cases, pool, random_pool

from edgeq.errors import UnsupportedError
from edgeq.graph import Model
from edgeq.ops import bind
from edgeq.ops.average_pool_2d import _LARGEST_WINDOW
from edgeq.simulate.execute import execute

CASES = cases("AVERAGE_POOL_2D")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    assert_cases_agree(CASES, compiler=compiler)


@pytest.mark.slow
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(random_pool("AVERAGE_POOL_2D"), min_size=8, max_size=12))
def test_random_pools_give_the_same_bytes(models: list[Model]) -> None:
    assert_cases_agree({str(k): model for k, model in enumerate(models)})


def test_every_pair_is_averaged_with_ties_away_from_zero() -> None:
    """All 65,536 pairs of int8 values, as two rows."""
    graph = pool("AVERAGE_POOL_2D", (1, 2, 65536, 1), (2, 1), padding="VALID").main
    a, b = (
        v.ravel().astype(np.int8) for v in np.meshgrid(np.arange(-128, 128), np.arange(-128, 128))
    )
    got = execute(graph, [np.stack([a, b]).reshape(1, 1, 2, 65536, 1)])[graph.outputs[0]].ravel()
    exact = (a.astype(float) + b) / 2
    np.testing.assert_array_equal(got, np.sign(exact) * np.floor(np.abs(exact) + 0.5))


def test_padding_is_not_counted() -> None:
    """A corner of a 3x3 window with padding SAME averages four elements."""
    graph = pool("AVERAGE_POOL_2D", (1, 3, 3, 1), (3, 3)).main
    x = np.array([10, 20, 0, 30, 41, 0, 0, 0, 0], np.int8).reshape(1, 1, 3, 3, 1)
    assert execute(graph, [x])[graph.outputs[0]][0, 0, 0, 0, 0] == 25  # 101 / 4


def test_another_zero_point_is_refused() -> None:
    graph = pool("AVERAGE_POOL_2D", (1, 4, 4, 1), (2, 2)).main
    moved = replace(graph, tensors=(graph.tensors[0], quantized("y", (1, 4, 4, 1), 0.05, 4)))
    with pytest.raises(
        UnsupportedError, match="differ in scale or zero point, which pooling keeps"
    ):
        bind(moved)


def test_windows_whose_sums_are_too_large_are_refused() -> None:
    assert _LARGEST_WINDOW["int16"] * 32768.5 < 1 << 30
    with pytest.raises(
        UnsupportedError, match="its windows have 32768 elements, at most 32767 are supported"
    ):
        bind(
            pool(
                "AVERAGE_POOL_2D", (1, 128, 256, 1), (128, 256), padding="VALID", dtype="int16"
            ).main
        )


def test_the_largest_window_of_the_largest_values_is_exact() -> None:
    model = pool("AVERAGE_POOL_2D", (1, 217, 151, 1), (217, 151), padding="VALID", dtype="int16")
    corners = np.array([-32768, 32767, -1, 0], np.int16)[:, None, None, None, None]
    x = np.broadcast_to(corners, (4, 1, 217, 151, 1)).copy()
    x[2, 0, 0, 0], x[3, 0, ::2] = -32768, 1
    assert_cases_agree({"largest": model}, inputs=[x])
