"""Views of views read the first tensor, and one that restores it is gone."""

from __future__ import annotations

from cleanup.graphs import SCALE, ints

from edgeq.cleanup.reshape_pairs import cancel_reshape_pairs
from edgeq.graph import Graph, Op, Tensor


def chain(*shapes: tuple[int, ...], outputs: tuple[int, ...]) -> Graph:
    """RESHAPE of tensor 0 to each of the shapes in turn, then RELU."""
    views = [Tensor(f"view{k}", shape, "int8", SCALE) for k, shape in enumerate(shapes)]
    tensors = [Tensor("x", (2, 3), "int8", SCALE), *views, Tensor("y", shapes[-1], "int8", SCALE)]
    targets = [ints("shape", *shape) for shape in shapes]
    ops = [Op("RESHAPE", (k, len(tensors) + k), (k + 1,)) for k in range(len(shapes))]
    ops.append(Op("RELU", (len(shapes),), (len(shapes) + 1,)))
    return Graph((*tensors, *targets), tuple(ops), (0,), outputs)


def sources(graph: Graph) -> list[int]:
    return [op.inputs[0] for op in graph.ops]


def test_every_view_of_a_chain_reads_its_source() -> None:
    merged = cancel_reshape_pairs(chain((6, 1), (1, 6), (3, 2), outputs=(4,)))
    assert sources(merged) == [0, 0, 0, 3]


def test_a_view_that_restores_the_source_is_gone() -> None:
    merged = cancel_reshape_pairs(chain((6, 1), (2, 3), outputs=(3,)))
    assert [op.kind for op in merged.ops] == ["RESHAPE", "RELU"]
    assert sources(merged) == [0, 0]


def test_a_view_between_that_is_an_output_stays_read() -> None:
    graph = chain((6, 1), (1, 6), outputs=(1, 3))
    assert cancel_reshape_pairs(graph) == graph
