"""STRIDED_SLICE against tflite-runtime, TFLM, NumPy's own slicing and the compiled C."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.cases import assert_cases_agree
from ops.harness import (
    assert_all_agree,
    compiled_output,
    constant,
    quantized,
    reference_output,
    single_op,
)
from ops.several import assert_all_outputs_agree, merged

from edgeq.errors import ModelError, UnsupportedError
from edgeq.graph import Model, Op, Tensor
from edgeq.opkit.kernel_call import KernelCall, View
from edgeq.ops import bind
from edgeq.plan import lower, plan_arena
from edgeq.simulate.execute import execute, random_inputs

Index = int | slice | None | type(Ellipsis)


def strided(
    shape: tuple[int, ...],
    begin: Sequence[int],
    end: Sequence[int],
    strides: Sequence[int],
    y: tuple[int, ...],
    dtype: str = "int8",
    **masks: object,
) -> Model:
    ends = [
        quantized(n, s) if dtype == "int8" else Tensor(n, s, dtype)
        for n, s in (("x", shape), ("y", y))
    ]
    places = [
        constant(n, np.array(v, np.int32)) for n, v in (("b", begin), ("e", end), ("s", strides))
    ]
    return single_op("STRIDED_SLICE", [ends[0], *places], ends[1], "StridedSliceOptions", **masks)


def indexed(shape: tuple[int, ...], *index: Index) -> Model:
    """The slice that TensorFlow makes of `x[index]`; its shape is NumPy's."""
    begin, end, strides = [], [], []
    masks = dict.fromkeys(
        ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0
    )
    for bit, entry in enumerate(index):
        parts = (
            entry
            if isinstance(entry, slice)
            else slice(entry, None)
            if isinstance(entry, int)
            else slice(0, 0)
        )
        masks["begin_mask"] |= (parts.start is None) << bit
        masks["end_mask"] |= (isinstance(entry, slice) and parts.stop is None) << bit
        masks["ellipsis_mask"] |= (entry is Ellipsis) << bit
        masks["new_axis_mask"] |= (entry is None) << bit
        masks["shrink_axis_mask"] |= isinstance(entry, int) << bit
        begin.append(parts.start or 0)
        end.append(entry + 1 if isinstance(entry, int) else parts.stop or 0)
        strides.append(parts.step or 1)
    y = np.empty(shape)[index].shape
    return strided(
        shape, begin, end, strides, y, **{name: mask for name, mask in masks.items() if mask}
    )


CASES: dict[str, tuple[tuple[int, ...], tuple[Index, ...]]] = {
    "the middle": ((1, 5, 6, 3), (slice(0, 1), slice(1, 4), slice(2, 5), slice(1, 2))),
    "every other row and column": (
        (1, 5, 6, 3),
        (slice(None), slice(None, None, 2), slice(1, None, 2), slice(None)),
    ),
    "backwards": ((4, 5), (slice(None, None, -1), slice(3, 0, -2))),
    "negative places": ((1, 6, 4), (slice(None), slice(-5, -1), slice(-3, None))),
    "one element of an axis": ((2, 5, 3), (slice(None), 3, slice(None))),
    "one element from the end": ((2, 5, 3), (slice(None), -1, slice(None))),
    "places far outside": ((4, 5), (slice(-100, 100), slice(100, -100, -1))),
    "every third channel": (
        (1, 2, 3, 7),
        (slice(None), slice(None), slice(None), slice(1, None, 3)),
    ),
    "a single element": ((4, 5), (2, 3)),
}
BEYOND_TFLM: dict[
    str, tuple[tuple[int, ...], tuple[Index, ...]]
] = {  # TFLM ignores these masks and takes 4 axes
    "an ellipsis": ((2, 3, 4, 5), (..., slice(1, 3))),
    "an ellipsis between": ((2, 3, 4, 5), (1, ..., slice(None, None, 2))),
    "an ellipsis for one axis": ((2, 3, 4), (slice(1, 2), ..., slice(0, 2))),
    "a new axis": ((3, 4), (slice(1, None), None, slice(None, None, 2))),
    "a new axis and an ellipsis": ((3, 4, 2), (None, ..., slice(1, 2))),
    "new axes around an ellipsis": ((3, 4, 2), (None, slice(1, 3), ..., None)),
    "fewer entries than axes": ((3, 4, 2), (slice(1, 3),)),
    "one element, a new axis": ((3, 4, 2), (-1, None, slice(1, 3))),
    "five axes": (
        (2, 3, 2, 3, 4),
        (slice(1, None), slice(None), 1, slice(None, None, -1), slice(0, 4, 3)),
    ),
}


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_computer_gives_the_same_bytes(compiler: str) -> None:
    models = {name: indexed(shape, *index) for name, (shape, index) in CASES.items()}
    models["masks override places"] = strided(
        (4, 5), (2, 3), (1, 2), (1, 1), (4, 2), begin_mask=1, end_mask=3
    )
    models["shrinking overrides the end"] = strided(
        (4, 5), (2, -1), (0, 0), (1, 1), (), shrink_axis_mask=3
    )
    models |= {
        d: strided((4, 5), (1, 4), (4, 0), (2, -3), (2, 2), d)
        for d in ("int16", "int32", "float32")
    }
    assert_all_outputs_agree(merged(models), compiler=compiler)


@pytest.mark.slow
def test_what_tflite_runtime_adds() -> None:
    models = {name: indexed(shape, *index) for name, (shape, index) in BEYOND_TFLM.items()}
    models |= {
        d: strided((4, 5), (1, 4), (4, 0), (2, -3), (2, 2), d) for d in ("uint8", "int64", "bool")
    }
    assert_all_outputs_agree(
        merged(models), tflm=False
    )  # Python cannot set TFLM's other types either


@pytest.mark.parametrize("name", [*CASES, *BEYOND_TFLM])
def test_a_slice_is_what_numpy_takes(name: str) -> None:
    shape, index = (CASES | BEYOND_TFLM)[name]
    model = indexed(shape, *index)
    (x,) = random_inputs(model.main, 2)
    np.testing.assert_array_equal(execute(model.main, [x])[4], x[(slice(None), *index)])


def test_the_end_may_count_from_the_beginning() -> None:
    model = strided((4, 5), (1, 2), (2, 3), (1, 1), (2, 3), offset=True)
    x = random_inputs(model.main, 8)[0]
    y = assert_all_agree(
        model, tflite=False, tflm=False
    )  # newer than tflite-runtime 2.14; TFLM does not read it
    np.testing.assert_array_equal(y, x[:, 1:3, 2:5])


def test_taking_everything_costs_nothing() -> None:
    assert lower(indexed((3, 4), slice(None), slice(0, 4)).main).steps[0].call == View(0)
    assert lower(indexed((3, 4), None, slice(None)).main).steps[0].call == View(0)


def test_nothing_taken_is_refused() -> None:
    with pytest.raises(ModelError, match=r'its output "y" is int8 \[0, 4\], which has no elements'):
        bind(indexed((3, 4), slice(2, 1), slice(None)).main)


def test_a_forward_slice_takes_the_place_of_its_input() -> None:
    """A slice whose input is not used later needs no memory of its own; the compiled C gives
    correct bytes.
    """
    first = indexed((1, 8, 8, 4), slice(None), slice(1, None), slice(None), slice(None)).main
    second = indexed(
        (1, 7, 8, 4), slice(None), slice(None, None, 2), slice(1, 7, 2), slice(1, 3)
    ).main
    shift = len(first.tensors) - 1
    tensors = (*first.tensors, *(t for t in second.tensors[1:]))
    op = second.ops[0]
    moved = Op(
        op.kind,
        tuple(i + shift for i in op.inputs),
        (op.outputs[0] + shift,),
        op.attributes,
        options_type=op.options_type,
    )
    model = Model((type(first)(tensors, (first.ops[0], moved), (0,), moved.outputs),))
    assert plan_arena(lower(model.main)).arena_bytes == 8 * 8 * 4
    assert_all_agree(model)


REFUSED = {
    "a stride is 0": strided((4,), (0,), (4,), (0,), (4,)),
    "takes element 4 of an axis of 4": strided((4,), (4,), (5,), (1,), (), shrink_axis_mask=1),
    "by stride -1": strided((4,), (2,), (1,), (-1,), (), shrink_axis_mask=1),
    "do not fit 1 axes": strided((4,), (0, 0), (4, 4), (1, 1), (4,)),
    "1 of them an ellipsis, do not fit 2 axes": indexed(
        (4, 4), slice(0, 2), ..., slice(0, 2)
    ),  # TF: no axis
    "a new axis without an entry": strided(
        (4, 3), (0,), (2,), (1,), (2, 3), new_axis_mask=2
    ),  # TFLite shifts the axes of the input
    "2 of them an ellipsis": strided((4,), (0, 0), (4, 4), (1, 1), (4,), ellipsis_mask=3),
    "have 1, 2 and 1 entries": strided((4,), (0,), (4, 4), (1,), (4,)),
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_makes_no_sense_is_refused_by_name(why: str) -> None:
    with pytest.raises(UnsupportedError, match=f'layer 0, STRIDED_SLICE "y".*{why}'):
        lower(REFUSED[why].main)


def entries(size: int) -> st.SearchStrategy[Index]:
    place = st.none() | st.integers(-size - 2, size + 2)
    slices = st.builds(slice, place, place, st.sampled_from([1, 1, 2, 3, -1, -2]))
    return st.integers(-size, size - 1) | slices


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_slice(data: st.DataObject) -> None:
    """Bytes equal tflite-runtime's, and at the kernel's in-place offset no byte is overwritten
    before it is read.
    """
    shape = tuple(data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)))
    model = indexed(shape, *(data.draw(entries(size)) for size in shape))
    if model.main.tensors[4].size == 0:
        return  # tflite-runtime does not run with empty tensors
    inputs = random_inputs(model.main, 2)
    np.testing.assert_array_equal(execute(model.main, inputs)[4], reference_output(model, inputs))
    call = lower(model.main).steps[0].call
    if isinstance(call, KernelCall) and call.overlap[0] is not None:
        numbered = np.arange(int(np.prod(shape)), dtype=np.int8).reshape(1, *shape)
        read = execute(model.main, [numbered])[4].ravel().astype(int)
        assert all(y - call.overlap[0] <= x for y, x in enumerate(read))
        assert np.all(np.diff(read) > 0)


def element(
    x: tuple[int, ...], y: tuple[int, ...], dtype: str = "int8", entries: int = 0, **masks: int
) -> Model:
    """One element of an axis or several, by begin and end that are computed."""
    count = entries or len(x)
    places = [Tensor(name, (count,), "int32") for name in ("b", "e")]
    strides = constant("s", np.ones(count, np.int32))
    said = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask"), 0) | masks
    inputs = [quantized("x", x) if dtype == "int8" else Tensor("x", x, dtype), *places, strides]
    made = quantized("y", y) if dtype == "int8" else Tensor("y", y, dtype)
    return single_op("STRIDED_SLICE", inputs, made, "StridedSliceOptions", **said)


COMPUTED = {
    "x[i]": element((6, 4), (4,), entries=1, shrink_axis_mask=1),
    "x[:, i]": element(
        (1, 6, 3), (1, 3), "float32", 2, begin_mask=1, end_mask=1, shrink_axis_mask=2
    ),
    "x[i, j]": element((5, 6), (), "int32", shrink_axis_mask=3),
    "x[..., i]": element((2, 3, 5), (2, 3), entries=2, ellipsis_mask=1, shrink_axis_mask=2),
    "x[i, None]": element((4, 5), (1, 5), entries=2, shrink_axis_mask=1, new_axis_mask=2),
    "x[0, j], i masked": element((4, 5), (), begin_mask=1, shrink_axis_mask=3),
    "x[0], begin ignored": element((6, 4), (4,), entries=1, begin_mask=1, shrink_axis_mask=1),
    "x[None, i], all axes to shrink": element(
        (4, 5), (1, 5), entries=2, shrink_axis_mask=-1, new_axis_mask=1
    ),
}


def test_an_element_at_a_computed_place() -> None:
    """TFLM takes constant places alone."""
    assert_cases_agree(COMPUTED, tflm=False, compiled=False)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_an_element_at_a_computed_place_compiled(compiler: str) -> None:
    assert_cases_agree(COMPUTED, tflite=False, tflm=False, compiler=compiler)


@pytest.mark.slow
def test_a_place_counts_from_the_end_or_as_the_nearest() -> None:
    x = np.tile(np.arange(24, dtype=np.int8).reshape(6, 4), (6, 1, 1))
    begin = np.int32([[-(2**31)], [-7], [-6], [-1], [6], [2**31 - 1]])
    found = execute(COMPUTED["x[i]"].main, [x, begin, begin])[4]
    np.testing.assert_array_equal(found, x[0, [0, 0, 0, 5, 5, 5]])
    made = compiled_output(COMPUTED["x[i]"], [x, begin, begin])
    np.testing.assert_array_equal(found, made)


def test_new_axes_are_without_entry_only_where_axes_are() -> None:
    """Bits of masks beyond the entries say nothing where every axis has an entry."""
    bind(strided((4, 3), (0, 0), (2, 3), (1, 1), (2, 3), new_axis_mask=4).main)
    with pytest.raises(UnsupportedError, match="a new axis without an entry"):
        bind(element((4, 3), (3,), entries=1, new_axis_mask=2, shrink_axis_mask=1).main)


def test_more_than_one_element_from_a_computed_place_on_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="give slices a fixed size"):
        bind(element((6, 4), (6, 4)).main)
