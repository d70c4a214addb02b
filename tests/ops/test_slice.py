"""SLICE against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import compiled_output, constant, quantized, reference_output, single_op
from ops.movements import data
from ops.several import assert_all_outputs_agree, merged

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.plan import lower
from edgeq.simulate.execute import execute, random_inputs


def slice_(
    shape: tuple[int, ...],
    begin: tuple[int, ...],
    size: tuple[int, ...],
    dtype: str = "int8",
    index: str = "int32",
) -> Model:
    y_shape = tuple(n - b if s == -1 else s for n, b, s in zip(shape, begin, size, strict=True))
    ends = [
        quantized(n, s) if dtype == "int8" else Tensor(n, s, dtype)
        for n, s in (("x", shape), ("y", y_shape))
    ]
    places = [constant(name, np.array(v, index)) for name, v in (("begin", begin), ("size", size))]
    return single_op("SLICE", [ends[0], *places], ends[1], "SliceOptions")


CASES = {
    "the middle": ((1, 5, 6, 3), (0, 1, 2, 1), (1, 3, 3, 1)),
    "some channels": ((1, 5, 6, 4), (0, 0, 0, 1), (1, 5, 6, 2)),
    "some rows": ((1, 5, 6, 4), (0, 2, 0, 0), (1, 2, 6, 4)),
    "the rest": ((2, 5, 6), (1, 2, 0), (-1, -1, 4)),
    "five axes": ((2, 3, 2, 3, 4), (1, 1, 0, 1, 1), (1, 2, 2, 1, 2)),
    "one element": ((4, 4), (3, 3), (1, 1)),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    models = {name: slice_(*case) for name, case in CASES.items()}
    models |= {
        dtype: slice_((4, 5), (1, 2), (2, 2), dtype) for dtype in ("int16", "int32", "float32")
    }
    models["places of int64"] = slice_((4, 5), (1, 2), (2, -1), index="int64")
    assert_all_outputs_agree(merged(models), compiler=compiler)


def test_every_dtype_that_tflite_knows() -> None:
    models = {dtype: slice_((4, 5), (1, 2), (2, 2), dtype) for dtype in ("uint8", "int64", "bool")}
    assert_all_outputs_agree(merged(models), tflm=False)  # Python cannot set TFLM's other types


def test_taking_everything_costs_nothing() -> None:
    assert lower(slice_((3, 4), (0, 0), (-1, 4)).main).steps[0].call == View(0)


@pytest.mark.parametrize(
    ("begin", "size"), [((0, 2), (2, 4)), ((-1, 0), (2, 2)), ((0, 0), (-2, 1)), ((4, 0), (1, 1))]
)
def test_a_slice_beyond_the_input_is_refused_by_name(
    begin: tuple[int, ...], size: tuple[int, ...]
) -> None:
    x, y = quantized("x", (3, 5)), quantized("y", (2, 4))
    places = [
        constant("begin", np.array(begin, np.int32)),
        constant("size", np.array(size, np.int32)),
    ]
    with pytest.raises(
        UnsupportedError, match=r'layer 0, SLICE "y".*reach beyond the input \[3, 5\]'
    ):
        lower(single_op("SLICE", [x, *places], y).main)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_slice(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5)))
    begin = tuple(data.draw(st.integers(0, n - 1)) for n in shape)
    size = tuple(
        data.draw(st.sampled_from([-1, *range(1, n - b + 1)]))
        for n, b in zip(shape, begin, strict=True)
    )
    model = slice_(shape, begin, size)
    inputs = random_inputs(model.main, 2)
    np.testing.assert_array_equal(execute(model.main, inputs)[3], reference_output(model, inputs))


def slice_at(
    x: tuple[int, ...], size: tuple[int, ...], dtype: str = "int8", index: str = "int32"
) -> Model:
    """SLICE from a computed place on."""
    begin, sizes = Tensor("begin", (len(x),), index), constant("size", np.array(size, index))
    ends = data("x", x, dtype), data("y", size, dtype)
    return single_op("SLICE", [ends[0], begin, sizes], ends[1], "SliceOptions")


COMPUTED = {
    "a step of a sequence": slice_at((6, 1, 13), (1, 1, 13), "float32"),
    "a box": slice_at((5, 6, 3), (2, 3, 2)),
    "int16": slice_at((2, 5, 3), (1, 2, 3), "int16"),
    "a row of words": slice_at((4, 5, 8), (1, 2, 8)),
    "everything": slice_at((3, 4), (3, 4), "int32"),
}
"""Places within the input, as random inputs are."""


def test_a_computed_place() -> None:
    assert_cases_agree(COMPUTED, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_a_computed_place_compiled(compiler: str) -> None:
    models = COMPUTED | {"places of int64": slice_at((4, 5), (2, 2), index="int64")}
    assert_cases_agree(models, tflm=False, compiler=compiler)


@pytest.mark.slow
@pytest.mark.parametrize("index", ["int32", "int64"])
def test_a_place_outside_counts_as_the_nearest_inside(index: str) -> None:
    model, limits = slice_at((5, 4), (2, 3), "int16", index), np.iinfo(index)
    x = np.tile(np.arange(20, dtype=np.int16).reshape(5, 4), (4, 1, 1))
    begin = np.array([[limits.min, limits.max], [-1, 1], [4, 2], [3, 0]], index)
    found = execute(model.main, [x, begin])[3]
    nearest = [x[0, a : a + 2, b : b + 3] for a, b in ((0, 1), (0, 1), (3, 1), (3, 0))]
    np.testing.assert_array_equal(found, nearest)
    np.testing.assert_array_equal(found, compiled_output(model, [x, begin]))


def test_the_rest_from_a_computed_place_on_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="give slices a fixed size"):
        execute(slice_at((5, 4), (-1, 4)).main, [])
