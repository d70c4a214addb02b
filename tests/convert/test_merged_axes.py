"""TRANSPOSE of fewer axes moves the same values, and interpreters that take few axes run it."""

from __future__ import annotations

import numpy as np
import pytest
from ops.harness import constant
from quantize.recurrent import real

from edgeq.convert.merged_axes import merged, with_merged_axes
from edgeq.graph import Graph, Model, Op, write_tflite
from edgeq.runtime import float_interpreter, run_samples

CASES = {
    "pixels of blocks": ((1, 4, 4, 2, 2, 2), (0, 1, 3, 2, 4, 5), 4),
    "the last axis to the front": ((1, 2, 3, 2, 2, 3), (0, 5, 1, 2, 3, 4), 2),
    "axes of size 1 between": ((1, 2, 1, 3, 1, 4), (5, 2, 3, 4, 1, 0), 3),
    "nothing moves": ((1, 2, 1, 3, 1, 4), (2, 1, 0, 3, 4, 5), 1),
}
"""A shape, an order, and how many axes are left."""


@pytest.mark.parametrize("name", CASES)
def test_fewer_axes_move_the_same_values(name: str) -> None:
    shape, order, axes = CASES[name]
    x = np.random.default_rng(0).normal(size=shape)
    fewer = merged(shape, order)
    assert len(fewer.shape) == axes
    got = x.reshape(fewer.shape).transpose(fewer.order)
    np.testing.assert_array_equal(got.ravel(), x.transpose(order).ravel())


def test_a_model_keeps_its_outputs() -> None:
    shape, order, _ = CASES["pixels of blocks"]
    to = tuple(shape[axis] for axis in order)
    tensors = (real("x", *shape), constant("order", np.array(order, np.int32)), real("y", *to))
    op = Op("TRANSPOSE", (0, 1), (2,), version=6, options_type="TransposeOptions")
    made = with_merged_axes(Model((Graph(tensors, (op,), (0,), (2,)),)))
    assert [op.kind for op in made.main.ops] == ["RESHAPE", "TRANSPOSE", "RESHAPE"]
    x = np.random.default_rng(0).normal(size=(3, *shape)).astype(np.float32)
    (got,) = run_samples(float_interpreter(write_tflite(made)), [x])
    np.testing.assert_array_equal(got.reshape(3, *to), np.stack([v.transpose(order) for v in x]))


def test_few_axes_stay() -> None:
    tensors = (
        real("x", 2, 3, 4),
        constant("order", np.array((2, 0, 1), np.int32)),
        real("y", 4, 2, 3),
    )
    op = Op("TRANSPOSE", (0, 1), (2,), options_type="TransposeOptions")
    model = Model((Graph(tensors, (op,), (0,), (2,)),))
    assert with_merged_axes(model) is model
