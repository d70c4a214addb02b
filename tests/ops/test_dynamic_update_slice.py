"""DYNAMIC_UPDATE_SLICE against tflite-runtime, TFLM and the compiled C."""

from collections.abc import Sequence

import numpy as np
import pytest
from ops.cases import assert_cases_agree, compiled_outputs, merge, tflm_outputs
from ops.harness import constant, single_op
from ops.movements import data, table

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.ops import bind
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute


def update(
    x: Tensor, box: tuple[int, ...], dtype: str = "int32", at: Sequence[int] | None = None
) -> Model:
    """at: constant indices, None for computed ones."""
    rank = len(x.shape)
    start = Tensor("at", (rank,), dtype) if at is None else constant("at", np.array(at, dtype))
    y = data("y", x.shape, x.dtype)
    return single_op("DYNAMIC_UPDATE_SLICE", [x, data("u", box, x.dtype), start], y)


CASES = {
    "a step of a sequence": update(data("x", (1, 6, 4)), (1, 1, 4)),
    "a box": update(data("x", (3, 4, 5)), (2, 3, 2)),
    "a vector": update(data("x", (7,), "float32"), (3,)),
    "int16": update(data("x", (2, 5, 3), "int16"), (1, 2, 3)),
    "a constant": update(table((6, 4), "int32"), (2, 4)),
    "everything": update(data("x", (2, 3)), (2, 3)),
    "a fixed place": update(data("x", (5, 4)), (1, 4), at=(3, 0)),
}
ANYWHERE = (-(2**31), -1, 0, 1, 2, 3, 4, 2**31 - 1)


def test_every_computer_gives_the_same_bytes() -> None:
    """Random indices are far outside, so that the nearest place is taken."""
    assert_cases_agree(CASES, tflite=False)
    assert_cases_agree({"int32": CASES["a step of a sequence"]}, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_every_place_of_a_box_and_beyond(dtype: str) -> None:
    model = update(data("x", (4, 5), "int32"), (2, 3), dtype)
    starts = np.array([(a, b) for a in ANYWHERE for b in ANYWHERE], dtype)
    rng = np.random.default_rng(0)
    x, u = (rng.integers(-99, 99, (len(starts), *s)).astype(np.int32) for s in ((4, 5), (2, 3)))
    given = [x, u, starts]
    computed = execute(model.main, given)[3]
    for k, (a, b) in enumerate(np.clip(starts, 0, 2)):
        expected = x[k].copy()
        expected[a : a + 2, b : b + 3] = u[k]
        np.testing.assert_array_equal(computed[k], expected)
    merged = merge({"box": model})
    for outputs in (compiled_outputs(merged, given), tflm_outputs(merged, given)):
        np.testing.assert_array_equal(computed, outputs[0])


@pytest.mark.slow
def test_types_and_random_boxes() -> None:
    rng, models = np.random.default_rng(0), {}
    for k in range(30):
        shape = tuple(int(n) for n in rng.integers(1, 5, int(rng.integers(1, 6))))
        box = tuple(int(rng.integers(1, n + 1)) for n in shape)
        models[str(k)] = update(data("x", shape, str(rng.choice(["int8", "float32"]))), box)
    assert_cases_agree(models)
    types = {t: update(data("x", (3, 4), t), (2, 3)) for t in ("int64", "bool")}
    assert_cases_agree(types, tflm=False)


@pytest.mark.slow
def test_uint8_as_numpy_has_it() -> None:
    """The oracles have no uint8."""
    models = {"uint8": update(data("x", (3, 4), "uint8"), (2, 3))}
    assert_cases_agree(models, tflite=False, tflm=False)


def test_the_output_lies_over_the_input() -> None:
    program = lower(CASES["a step of a sequence"].main)
    assert plan_arena(program).arena_bytes <= 24 + 3 * 16


@pytest.mark.parametrize(("box", "rank"), [((3, 3), 2), ((2,), 2), ((2, 2), 3)])
def test_a_box_that_does_not_fit_is_refused(box: tuple[int, ...], rank: int) -> None:
    x, u, start = data("x", (2, 3)), data("u", box), Tensor("at", (rank,), "int32")
    with pytest.raises(UnsupportedError, match="indices on of"):
        bind(single_op("DYNAMIC_UPDATE_SLICE", [x, u, start], data("y", (2, 3))).main)
