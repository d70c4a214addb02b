"""Subgraphs that operators call are regions of theirs, and subgraphs again in the file."""

from dataclasses import replace

import pytest
from ops.loops import BODY, COND, branching, counted_loop, nested_loops

from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, read_tflite, write_tflite
from edgeq.graph.regions import MAX_OPS, with_regions, without_regions
from edgeq.ops import bind


@pytest.mark.parametrize("make", [counted_loop, branching, nested_loops], ids=lambda f: f.__name__)
def test_a_file_gives_the_regions_back(make: object) -> None:
    model = make()  # type: ignore[operator]
    read = read_tflite(write_tflite(model))
    assert read.graphs == model.graphs
    assert len(without_regions(model).graphs) > len(model.graphs)


def test_a_subgraph_that_two_operators_call_is_in_both() -> None:
    flat = without_regions(counted_loop())
    graph = flat.main
    outputs = tuple(range(len(graph.tensors), len(graph.tensors) + 3))
    again = replace(graph.ops[0], outputs=outputs)
    more = tuple(graph.tensors[t] for t in graph.ops[0].outputs)
    twice = replace(graph, tensors=(*graph.tensors, *more), ops=(*graph.ops, again))
    nested = with_regions(replace(flat, graphs=(twice, *flat.graphs[1:])))
    assert len(nested.graphs) == 1
    assert nested.main.ops[0].regions == nested.main.ops[1].regions


def _calling(flat: Model, index: int, called: int) -> Model:
    """The model with a copy of the main graph's loop in a subgraph that calls another."""
    loop = flat.main.ops[0]
    attributes = tuple((name, called) for name, _ in loop.attributes)
    graphs = list(flat.graphs)
    graphs[index] = replace(flat.main, ops=(replace(loop, attributes=attributes),))
    return replace(flat, graphs=tuple(graphs))


def test_subgraphs_that_call_themselves_stay_and_are_refused() -> None:
    circle = _calling(without_regions(counted_loop()), 1, 1)
    assert with_regions(circle) == circle
    with pytest.raises(UnsupportedError, match="call themselves, or are too many"):
        bind(circle.main)


def test_a_chain_of_double_calls_is_not_unfolded() -> None:
    flat = without_regions(counted_loop())
    loop = flat.main.ops[0]
    graphs = [
        replace(
            flat.main,
            ops=tuple(
                replace(loop, attributes=((BODY, level + 1), (COND, level + 1))) for _ in range(64)
            ),
        )
        for level in range(6)
    ]
    model = replace(flat, graphs=(*graphs, Graph(flat.main.tensors, (), (), ())))
    assert MAX_OPS < 64**6
    assert with_regions(model) == model
