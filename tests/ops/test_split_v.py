"""SPLIT_V against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import constant, quantized
from ops.several import assert_all_outputs_agree, merged, several_outputs

from edgeq.errors import UnsupportedError
from edgeq.graph import Model, Tensor
from edgeq.opkit.kernel_call import View
from edgeq.plan import lower


def split_v(
    shape: tuple[int, ...],
    axis: int,
    sizes: tuple[int, ...],
    given: tuple[int, ...] | None = None,
    dtype: str = "int8",
    index: str = "int32",
) -> Model:
    """A model of one SPLIT_V with outputs of `sizes`; the file states `given`."""
    shapes = [
        (*shape[: axis % len(shape)], size, *shape[axis % len(shape) + 1 :]) for size in sizes
    ]
    make = (
        (lambda n, s: quantized(n, s))
        if dtype == "int8"
        else (lambda n, s: Tensor(n, tuple(s), dtype))
    )
    places = [
        constant("sizes", np.array(given or sizes, index)),
        constant("axis", np.array(axis, np.int32)),
    ]
    outputs = [make(f"y{i}", s) for i, s in enumerate(shapes)]
    return several_outputs(
        "SPLIT_V", [make("x", shape), *places], outputs, "SplitVOptions", num_splits=len(sizes)
    )


def test_every_computer_gives_the_same_bytes() -> None:
    models = {
        "channels": split_v((1, 4, 5, 6), 3, (1, 2, 3)),
        "rows": split_v((1, 4, 5, 6), 1, (3, 1)),
        "the last axis": split_v((4, 7), -1, (5, 2)),
        "halves": split_v((8, 3), 0, (4, 4)),
        "one part": split_v((3,), 0, (3,)),
        "one size is the rest": split_v((4, 7), 1, (2, 4, 1), (2, -1, 1)),
        "sizes of int64": split_v((2, 6), 1, (1, 5), index="int64"),
    }
    models |= {
        dtype: split_v((2, 6), 1, (1, 5), dtype=dtype) for dtype in ("int16", "int32", "float32")
    }
    assert_all_outputs_agree(merged(models))


def test_parts_that_lie_aligned_one_after_another_are_views() -> None:
    assert lower(split_v((5, 4), 0, (2, 3)).main).steps[0].call == View(0, (0, 8))
    assert not isinstance(lower(split_v((5, 3), 0, (2, 3)).main).steps[0].call, View)


@pytest.mark.parametrize("given", [(1, 4), (-1, -1), (7, -1), (1, 2, 3)])
def test_sizes_that_do_not_fit_are_refused_by_name(given: tuple[int, ...]) -> None:
    with pytest.raises(
        UnsupportedError, match=r'layer 0, SPLIT_V "y0".*do not cut 6 elements into 2 outputs'
    ):
        lower(split_v((2, 6), 1, (1, 5), given).main)
