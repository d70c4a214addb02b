"""Loops that nothing but data ends are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ops.harness import constant
from ops.loops import COND, counted_loop, nested_loops, searching_loop
from quantize.recurrent import settling

from edgeq.graph import Model, Op, Tensor
from edgeq.quantize.loop_bounds import unbounded_loops


def bounded(model: Model, most: int) -> Model:
    """The loop of `settling` with a second condition: at most so many steps."""
    (loop,) = model.main.ops
    regions = dict(loop.regions)
    cond, n = regions[COND], len(regions[COND].tensors)
    more = (constant("most", np.array(most, np.int32)), Tensor("early", (), "bool"))
    ops = (
        *cond.ops,
        Op("LESS", (0, n), (n + 1,), options_type="LessOptions"),
        Op("LOGICAL_AND", (n + 1, cond.outputs[0]), (n + 2,), options_type="LogicalAndOptions"),
    )
    tensors = (*cond.tensors, *more, Tensor("both", (), "bool"))
    regions[COND] = replace(cond, tensors=tensors, ops=ops, outputs=(n + 2,))
    op = replace(loop, regions=tuple(regions.items()))
    return replace(model, graphs=(replace(model.main, ops=(op,)),))


def test_a_loop_that_data_alone_ends_is_told_by_name() -> None:
    for model in (searching_loop(), settling()):
        (warning,) = unbounded_loops(model.main)
        name = model.main.tensors[model.main.ops[0].outputs[0]].name
        assert warning.startswith(f"loop '{name}' ends by data alone")


def test_a_count_of_steps_bounds_a_loop() -> None:
    assert unbounded_loops(counted_loop().main) == []
    assert unbounded_loops(bounded(settling(), 10).main) == []


def test_a_loop_in_another_counts_by_itself() -> None:
    """The inner one counts to a number that is no constant there."""
    assert len(unbounded_loops(nested_loops().main)) == 1
