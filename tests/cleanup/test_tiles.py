"""TILE becomes one copy that TFLM knows, and every value stays."""

from __future__ import annotations

import numpy as np
import pytest
from cleanup.graphs import SCALE, ints
from ops.harness import reference_output, tflm_output

from edgeq.cleanup import clean_up
from edgeq.cleanup.tiles import spread_tiles
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.simulate.execute import execute, random_inputs

Step = tuple[str, tuple[int, ...]]


def chain(
    shape: tuple[int, ...], *steps: Step, dtype: str = "int8", more: tuple[int, ...] = ()
) -> Graph:
    """TILE by multiples and RESHAPE to shapes, one after the other. more: other outputs."""
    by = SCALE if dtype != "int32" else None
    tensors, ops = [Tensor("x", shape, dtype, by)], list[Op]()
    for kind, values in steps:
        x = ops[-1].outputs[0] if ops else 0
        made = values
        if kind == "TILE":
            made = tuple(n * m for n, m in zip(tensors[x].shape, values, strict=True))
        tensors += [ints("given", *values), Tensor(f"{kind}{len(tensors)}", made, dtype, by)]
        ops.append(Op(kind, (x, len(tensors) - 2), (len(tensors) - 1,)))
    return Graph(tuple(tensors), tuple(ops), (0,), (*more, len(tensors) - 1))


UPSAMPLING = (
    ("RESHAPE", (1, 3, 1, 5, 2)), ("TILE", (1, 1, 2, 1, 1)), ("RESHAPE", (1, 6, 5, 1, 2)),
    ("TILE", (1, 1, 1, 3, 1)), ("RESHAPE", (1, 6, 15, 2)),
)  # fmt: skip

CASES: dict[str, tuple[Graph, list[str]]] = {
    "rows and columns": (chain((1, 3, 5, 2), *UPSAMPLING), ["RESHAPE", "BROADCAST_TO", "RESHAPE"]),
    "a vector": (
        chain((1, 7), ("RESHAPE", (1, 1, 7)), ("TILE", (1, 4, 1))),
        ["BROADCAST_TO", "RESHAPE"],
    ),
    "whole axes": (
        chain((1, 2, 3, 2), ("TILE", (1, 2, 1, 3))), ["RESHAPE", "BROADCAST_TO", "RESHAPE"]
    ),
    "batches": (chain((2, 3), ("TILE", (3, 1))), ["RESHAPE", "BROADCAST_TO", "RESHAPE"]),
    "int32": (chain((1, 3), ("TILE", (1, 2)), dtype="int32"), ["RESHAPE", "BROADCAST_TO", "RESHAPE"]),
    "too many axes": (chain((2, 2, 2), ("TILE", (2, 2, 2))), ["TILE"]),
    "a copy": (chain((2, 2), ("TILE", (1, 1))), ["TILE"]),
}  # fmt: skip
"""Graph, and the operators that are left of it."""


@pytest.mark.parametrize("name", CASES)
def test_values_stay_and_operators_change(name: str) -> None:
    graph, kinds = CASES[name]
    clean = clean_up(Model((graph,))).model.main
    assert [op.kind for op in clean.ops] == kinds
    inputs = random_inputs(graph, 2)
    (expected,), (got,) = (
        [execute(g, inputs)[t] for t in g.outputs] for g in (graph, clean)
    )  # fmt: skip
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("seed", range(20))
def test_random_chains_keep_their_values(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape, steps = (1, 2, 3, 2), list[Step]()
    at = shape
    for _ in range(random.integers(1, 4)):
        if random.random() < 0.5:
            size = int(np.prod(at))
            first = int(random.choice([n for n in range(1, size + 1) if size % n == 0]))
            at = (first, 1, size // first)
            steps.append(("RESHAPE", at))
        times = tuple(int(n) for n in random.integers(1, 3, len(at)))
        at = tuple(n * m for n, m in zip(at, times, strict=True))
        steps.append(("TILE", times))
    graph = chain(shape, *steps)
    inputs = random_inputs(graph, 2)
    clean = clean_up(Model((graph,))).model.main
    expected, got = (execute(g, inputs)[g.outputs[0]] for g in (graph, clean))
    np.testing.assert_array_equal(got, expected)


def test_what_lies_between_two_tiles_and_is_an_output_stays() -> None:
    graph = chain((1, 3, 5, 2), *UPSAMPLING, more=(4,))
    clean = clean_up(Model((graph,))).model.main
    inputs = random_inputs(graph, 2)
    for t, u in zip(graph.outputs, clean.outputs, strict=True):
        np.testing.assert_array_equal(execute(graph, inputs)[t], execute(clean, inputs)[u])


def test_tflm_runs_the_result_as_it_is() -> None:
    graph, _ = CASES["rows and columns"]
    clean = clean_up(Model((graph,))).model
    inputs = random_inputs(graph, 3)
    expected = execute(graph, inputs)[graph.outputs[0]]
    np.testing.assert_array_equal(tflm_output(clean, inputs), expected)
    assert expected.any()


def test_by_unknown_multiples_it_stays() -> None:
    graph = chain((1, 3), ("TILE", (1, 2)))
    given = Tensor("given", (2,), "int32")
    open_graph = Graph((graph.tensors[0], given, graph.tensors[2]), graph.ops, (0, 1), (2,))
    assert spread_tiles(open_graph) == open_graph


def test_floats_as_tflite_computes_them() -> None:
    tensors = (
        Tensor("x", (1, 2, 3), "float32"),
        ints("by", 1, 2, 2),
        Tensor("y", (1, 4, 6), "float32"),
    )
    model = Model((Graph(tensors, (Op("TILE", (0, 1), (2,)),), (0,), (2,)),))
    inputs = [np.random.default_rng(0).normal(size=(2, 1, 2, 3)).astype(np.float32)]
    clean = clean_up(model).model
    np.testing.assert_array_equal(reference_output(clean, inputs), reference_output(model, inputs))
