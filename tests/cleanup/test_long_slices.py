"""STRIDED_SLICE of five and more axes takes the same elements through views of at most four."""

from __future__ import annotations

import numpy as np
import pytest
from cleanup.graphs import SCALE, ints
from ops.harness import tflm_output

from edgeq.cleanup import clean_up
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.simulate.execute import execute, random_inputs

MASKS = ("begin_mask", "ellipsis_mask", "end_mask", "new_axis_mask", "shrink_axis_mask")


def sliced(
    shape: tuple[int, ...], taken: tuple[slice, ...], dropped: tuple[int, ...] = ()
) -> Graph:
    """The elements of an int8 tensor at these slices; axes of one element that are dropped."""
    bounds = [s.indices(n) for s, n in zip(taken, shape, strict=True)]
    made = np.empty(shape)[taken].shape
    y = tuple(n for axis, n in enumerate(made) if axis not in dropped)
    starts, stops, steps = (tuple(b[k] for b in bounds) for k in range(3))
    end_mask = sum(1 << k for k, stop in enumerate(stops) if stop < 0)
    options = dict.fromkeys(MASKS, 0)
    options |= {"end_mask": end_mask, "shrink_axis_mask": sum(1 << k for k in dropped)}
    attributes = tuple(sorted({**options, "offset": False}.items()))
    tensors = (
        Tensor("x", shape, "int8", SCALE),
        *(ints(name, *given) for name, given in zip("abc", (starts, stops, steps), strict=True)),
        Tensor("y", y, "int8", SCALE),
    )
    op = Op("STRIDED_SLICE", (0, 1, 2, 3), (4,), attributes, options_type="StridedSliceOptions")
    return Graph(tensors, (op,), (0,), (4,))


ALL = slice(None)
CASES: dict[str, tuple[Graph, int]] = {
    "one of a batch": (sliced((3, 1, 4, 4, 2), (slice(1, 2), ALL, ALL, ALL, ALL), (0,)), 1),
    "slices of a volume": (sliced((1, 6, 3, 3, 2), (ALL, slice(1, 5), ALL, ALL, ALL)), 1),
    "every second": (sliced((1, 6, 3, 3, 2), (ALL, slice(1, 6, 2), ALL, ALL, ALL)), 2),
    "a box": (sliced((1, 4, 4, 4, 2), (ALL, slice(1, 3), slice(0, 2), slice(1, 4), ALL)), 3),
    "backwards": (sliced((1, 4, 3, 2, 2), (ALL, slice(None, None, -1), ALL, ALL, ALL)), 2),
    "from six axes": (sliced((1, 2, 2, 3, 2, 2), (ALL, ALL, slice(1, 2), ALL, ALL, ALL), (2,)), 2),
    "too many parts": (sliced((2, 3, 3, 3, 3), (slice(0, 1), *[slice(1, 3)] * 4)), 5),
    "four axes": (sliced((1, 4, 4, 2), (ALL, slice(1, 3), ALL, ALL)), 4),
}
"""Graph, and of how many axes the slice is then."""


@pytest.mark.parametrize("name", CASES)
def test_values_stay(name: str) -> None:
    graph, rank = CASES[name]
    clean = clean_up(Model((graph,))).model
    (op,) = (op for op in clean.main.ops if op.kind == "STRIDED_SLICE")
    assert len(clean.main.tensors[op.inputs[0]].shape) == rank
    inputs = random_inputs(graph, 2)
    expected, got = (execute(g, inputs)[g.outputs[0]] for g in (graph, clean.main))
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("name", ["one of a batch", "backwards"])
def test_tflm_runs_the_result_as_it_is(name: str) -> None:
    graph, _ = CASES[name]
    inputs = random_inputs(graph, 2)
    expected = execute(graph, inputs)[graph.outputs[0]]
    got = tflm_output(clean_up(Model((graph,))).model, inputs)
    np.testing.assert_array_equal(got.reshape(expected.shape), expected)
