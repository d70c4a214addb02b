"""IF gives the same bytes in the simulator, tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.harness import assert_all_agree
from ops.loops import branching, if_op

from edgeq.codegen.native import render_native
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph
from edgeq.ops import bind
from edgeq.simulate.execute import execute

SEEDS = {"two outputs": branching()}
"""Models that differential testing starts from (tools/difftest.py)."""


@pytest.mark.slow
def test_every_engine_gives_the_same_bytes() -> None:
    assert_all_agree(branching(), samples=32)


def test_each_sample_takes_its_own_branch() -> None:
    model = branching()
    which, x = np.array([True, False]), np.array([[[3] * 6], [[4] * 6]], np.int8)
    got = execute(model.main, [which, x])
    assert [got[t][:, 0, 0].tolist() for t in model.main.outputs] == [[6, 4], [3, 7]]


def test_it_is_an_if_in_c() -> None:
    text = render_native(branching(), "op").files["op.c"]
    assert "  if (*(const bool *)" in text
    assert "  } else {" in text


def test_branches_of_other_shapes_are_refused() -> None:
    model = branching()
    (op,) = model.main.ops
    otherwise, then = (region for _, region in op.regions)
    wrong = Graph(then.tensors, then.ops, then.inputs, then.outputs[:1], "then")
    changed = if_op(op.inputs, op.outputs, wrong, otherwise)
    graph = Graph(model.main.tensors, (changed,), model.main.inputs, model.main.outputs)
    with pytest.raises(UnsupportedError, match="its then branch gives other types or shapes"):
        bind(graph)
