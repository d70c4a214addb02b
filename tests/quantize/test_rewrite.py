"""Rules for single operators reach those of loops' bodies, and TFLM runs what they give there."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees
from ops.loops import BODY, counted_loop, less_than, number, while_op
from ops.reductions import reduction
from ops.test_select import selected
from quantize.test_gathered_flags import gathered
from quantize.test_gelu import model as gelu
from quantize.test_selects import chosen

from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.gathered_flags import with_gathered_integers
from edgeq.quantize.gelu import with_sigmoids
from edgeq.quantize.reductions import with_reduce_all
from edgeq.quantize.selects import with_products, with_select_v2
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES


def kinds(graph: Graph) -> list[str]:
    return [op.kind for op in graph.ops]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (with_reduce_all, reduction("REDUCE_ANY", (2, 3), (1,), False, "bool")),
        (with_gathered_integers, gathered()),
        (with_sigmoids, gelu()),
        (with_select_v2, selected((2, 3), (2, 3), "float32")),
        (with_products, chosen(1, 2, 3)),
    ],
)
def test_bodies_of_loops_get_what_main_graphs_get(
    change: Callable[[Model], Model], part: Model
) -> None:
    looping = counted_loop().main
    (loop,) = looping.ops
    regions = tuple((name, part.main if name == BODY else region) for name, region in loop.regions)
    inside = Model((replace(looping, ops=(replace(loop, regions=regions),)),))
    (made,) = change(inside).main.ops
    wanted = change(part).main
    assert dict(made.regions)[BODY] == wanted
    assert kinds(wanted) != kinds(part.main)
    assert change(counted_loop()) == counted_loop()


@pytest.mark.slow
def test_whether_any_flag_of_a_loop_is_set_runs_in_tflm() -> None:
    """Three steps, each of which asks whether any flag of a row is set."""
    part = reduction("REDUCE_ANY", (2, 3), (1,), True, "bool").main
    body = Graph(
        (number("i"), Tensor("seen", (2, 1), "bool"), *part.tensors, number("one", 1), number("i+1")),
        (Op("ADD", (0, 5), (6,), options_type="AddOptions"), replace(part.ops[0], inputs=(2, 3), outputs=(4,))),
        (0, 1, 2),
        (6, 4, 2),
    )  # fmt: skip
    shapes = [body.tensors[t] for t in body.inputs]
    start = replace(shapes[1], name="start", buffer=bytes(2))
    tensors = (number("zero", 0), start, shapes[2], *shapes[:2], replace(shapes[2], name="end"))
    loop = while_op((0, 1, 2), (3, 4, 5), less_than(3, shapes), body)
    model = Model((Graph(tensors, (loop,), (2,), (4,)),))
    made = with_reduce_all(model)
    flags = [np.random.default_rng(0).integers(0, 4, (16, 2, 3)) == 0]
    np.testing.assert_array_equal(execute(made.main, flags)[4], execute(model.main, flags)[4])
    assert agrees(compare_with(ORACLES["tflm"], made, flags, by=interpreter_of("tflm")))
