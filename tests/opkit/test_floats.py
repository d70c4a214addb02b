"""Float ADD, SUB and MUL with every way to broadcast, against tflite-runtime, TFLM and the compiled
C.
"""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import constant, single_op

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.floats import accumulate, products
from edgeq.ops import bind

SHAPES = [
    ((1, 3, 4, 5), (1, 3, 4, 5)),
    ((1, 3, 4, 5), (5,)),
    ((1, 1, 1, 5), (1, 3, 4, 5)),
    ((2, 3), ()),
    ((3, 1), (1, 4)),
]


def pair(
    kind: str, a: tuple[int, ...], b: tuple[int, ...], activation: str = "NONE", fixed: bool = False
) -> Model:
    """fixed: b is constant."""
    values = np.random.default_rng(0).normal(0, 3, b).astype(np.float32)
    inputs = [
        Tensor("a", a, "float32"),
        constant("b", values) if fixed else Tensor("b", b, "float32"),
    ]
    y = Tensor("y", np.broadcast_shapes(a, b), "float32")
    return single_op(
        kind, inputs, y, f"{kind.capitalize()}Options", fused_activation_function=activation
    )


@pytest.mark.parametrize(("kind", "compiler"), [("ADD", "gcc"), ("SUB", "clang"), ("MUL", "gcc")])
def test_pairs_give_the_bytes_of_both_references(kind: str, compiler: str) -> None:
    cases = {f"{a} {b}": pair(kind, a, b) for a, b in SHAPES}
    cases |= {
        f"constant {b}": pair(kind, (1, 3, 4, 5), b, fixed=True) for b in ((1, 3, 4, 5), (5,), ())
    }
    cases |= {a: pair(kind, (1, 7), (7,), a) for a in ("RELU", "RELU6", "RELU_N1_TO_1")}
    assert_cases_agree(cases, compiler=compiler)


@pytest.mark.parametrize("kind", ["ADD", "SUB", "MUL"])
def test_overflow_is_clamped_and_zeros_keep_their_sign(kind: str) -> None:
    values = np.array([0.0, -0.0, 1, -1, 3e38, -3e38, np.inf, -np.inf, 1e-40, -1e-40], np.float32)
    a, b = (x.reshape(1, 1, 100) for x in np.meshgrid(values, values))
    with np.errstate(all="ignore"):
        sure = ~np.isnan(a - b) & ~np.isnan(a + b) & ~np.isnan(a * b)
    inputs = [np.where(sure, x, np.float32(1)) for x in (a, b)]
    assert_cases_agree({"plain": pair(kind, (1, 100), (1, 100))}, inputs=inputs)


def test_an_activation_without_bounds_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="float32 with the fused activation TANH"):
        bind(pair("ADD", (1, 7), (7,), "TANH").main)


def test_sums_run_in_their_order() -> None:
    """2**24 + 1 - 2**24 is 0 where the 1 is lost first, and 1 where it comes last."""
    big = np.float32(2**24)
    terms = np.array([[big, 1, -big], [big, -big, 1]], np.float32)
    assert accumulate(terms.T).tolist() == [0, 1]
    assert products(terms, np.ones((3, 1), np.float32)).ravel().tolist() == [0, 1]


@pytest.mark.parametrize("sums", [(1, 3), (8, 9)], ids=["few", "many"])
def test_sums_round_term_by_term_however_many_run_side_by_side(sums: tuple[int, int]) -> None:
    generator = np.random.default_rng(0)
    rows = generator.normal(0, 1e3, (sums[0], 40_000)).astype(np.float32)
    weights = generator.normal(0, 1, (40_000, sums[1])).astype(np.float32)
    expected = np.zeros(sums, np.float32)
    for k in range(len(weights)):
        expected += rows[:, k, None] * weights[k]
    assert products(rows, weights).tobytes() == expected.tobytes()
    assert accumulate(rows.T[:, :, None] * weights[:, None]).tobytes() == expected.tobytes()


def test_a_sum_begins_at_zero() -> None:
    assert not np.signbit(accumulate(np.full((2, 1), -0.0, np.float32)))[0]
