"""SHAPE, which is an output of the model, against tflite-runtime, TFLM and the compiled C."""

import numpy as np
import pytest
from ops.cases import assert_cases_agree
from ops.harness import single_op
from ops.movements import data

from edgeq.cleanup import cleaned
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.opkit.strided import DATA
from edgeq.simulate.execute import execute


def shape(x: tuple[int, ...], dtype: str = "int8", out: str = "int32") -> Model:
    x_, y = data("x", x, dtype), Tensor("y", (len(x),), out)
    return single_op("SHAPE", [x_], y, "ShapeOptions", out_type=out.upper())


CASES = {"a map": shape((1, 300, 4, 5)), "a vector": shape((7,), "float32")}


def test_every_computer_gives_the_same_bytes() -> None:
    assert_cases_agree(CASES)


@pytest.mark.slow
def test_every_type() -> None:
    assert_cases_agree({t: shape((2, 3), t) for t in DATA})
    assert_cases_agree({"int64": shape((2, 3), out="int64")}, tflm=False)


def test_sizes_that_are_read_are_constants() -> None:
    tensors = (*shape((2, 300)).main.tensors, Tensor("z", (2,), "int32"))
    ops = (Op("SHAPE", (0,), (1,)), Op("NEG", (1,), (2,)))
    graph = cleaned(Model((Graph(tensors, ops, (0,), (2,)),))).main
    assert [op.kind for op in graph.ops] == ["NEG"]
    x = np.zeros((1, 2, 300), np.int8)
    assert graph.tensors[graph.ops[0].inputs[0]].array.tolist() == [2, 300]
    assert execute(shape((2, 300)).main, [x])[1].tolist() == [[2, 300]]
