"""Operators that enlarge, rearrange and pad maps: TensorFlow trains on what edgeq computes."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest

from edgeq.graph import Model
from edgeq.ops import supported
from edgeq.simulate.execute import execute, random_inputs

pytestmark = pytest.mark.slow
KINDS = (
    "DEPTH_TO_SPACE",
    "MIRROR_PAD",
    "RESIZE_BILINEAR",
    "RESIZE_NEAREST_NEIGHBOR",
    "SPACE_TO_DEPTH",
    "TRANSPOSE_CONV",
)


@pytest.mark.parametrize("kind", KINDS)
def test_float_results_are_those_of_the_simulator(kind: str) -> None:
    from edgeq.trainable.operator_spec import OperatorSpec
    from edgeq.trainable.operators import compute

    assert kind in supported()
    cases: dict[str, Model] = import_module(f"ops.test_{kind.lower()}").CASES
    model = cases["float32"]
    graph, (op,), inputs = model.main, model.main.ops, random_inputs(model.main, 2)
    given = dict(zip(graph.inputs, (x[0] for x in inputs), strict=True))
    values = [given[t] if t in given else graph.tensors[t].array for t in op.inputs]
    shapes = [tuple(graph.tensors[t].shape for t in side) for side in (op.inputs, op.outputs)]
    y = compute(OperatorSpec(kind, dict(op.attributes), *shapes), values)
    want = execute(graph, inputs)[op.outputs[0]][0]
    np.testing.assert_allclose(np.asarray(y), want, rtol=1e-4, atol=1e-4)
