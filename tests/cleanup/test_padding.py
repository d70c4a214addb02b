"""A border moves from PAD into a depthwise convolution only where both give the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cleanup.graphs import SCALE, Builder, convolution, depthwise

from edgeq.cleanup.padding import fold_padding
from edgeq.graph import Graph, Tensor
from edgeq.simulate.execute import execute, random_inputs

Pads = tuple[tuple[int, int], tuple[int, int]]


def padded(pads: Pads, stride: int, kind: str = "depthwise", extra: bool = False) -> Graph:
    """PAD of [1, 8, 7, 2] by `pads` around rows and columns, and a convolution of 3 x 3. extra: the
    padded image is an output too.
    """
    b = Builder(np.random.default_rng(1))
    b.at = b.tensor(Tensor("x", (1, 8, 7, 2), "int8", SCALE))
    values = np.array([(0, 0), *pads, (0, 0)], "<i4")
    constant = b.tensor(Tensor("pads", (4, 2), "int32", buffer=values.tobytes()))
    b.at = image = b.add("PAD", (1, 8 + sum(pads[0]), 7 + sum(pads[1]), 2), constant)
    if kind == "depthwise":
        depthwise(b, stride)
    else:
        convolution(b, stride, 3)
    tensors = tuple(replace(t, shape_signature=None) for t in b.tensors)
    return Graph(tensors, tuple(b.ops), (0,), (b.at, image) if extra else (b.at,))


@pytest.mark.parametrize(
    ("pads", "stride"), [(((1, 1), (1, 1)), 1), (((0, 1), (1, 1)), 2)], ids=["1", "2"]
)
def test_the_border_that_same_gives_is_folded(pads: Pads, stride: int) -> None:
    graph = padded(pads, stride)
    folded = fold_padding(graph)
    assert folded.ops[1].inputs[0] == 0
    inputs = random_inputs(graph, 4)
    expected, got = (execute(g, inputs)[g.outputs[0]] for g in (graph, folded))
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "graph",
    [
        padded(((1, 0), (1, 1)), 2),
        padded(((0, 1), (0, 2)), 2),
        padded(((2, 0), (1, 1)), 1),
        padded(((2, 2), (2, 2)), 1),
        padded(((1, 1), (1, 1)), 1, extra=True),
        padded(((1, 1), (1, 1)), 1, "convolution"),
    ],
    ids=["before", "uneven", "shifted", "wide", "read twice", "convolution"],
)
def test_any_other_border_stays(graph: Graph) -> None:
    assert fold_padding(graph) == graph
