"""The wrapping of negative indices goes where no sample is negative, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgeq.data import Samples
from edgeq.graph import Graph, Model, Op, Tensor
from edgeq.quantize.plain_indices import with_plain_indices
from edgeq.simulate.execute import execute


def number(name: str, value: int) -> Tensor:
    return Tensor(name, (), "int32", buffer=np.array(value, "<i4").tobytes())


def embedding(select: str = "SELECT_V2") -> Model:
    """Rows of a table of 5 at indices that may count from its end, as Keras 3 writes Embedding."""
    table = np.arange(10, dtype="<f4").reshape(5, 2)
    tensors = (
        Tensor("i", (1, 3), "int32"),
        number("zero", 0),
        number("n", 5),
        Tensor("negative", (1, 3), "bool"),
        Tensor("moved", (1, 3), "int32"),
        Tensor("index", (1, 3), "int32"),
        Tensor("table", (5, 2), "float32", buffer=table.tobytes()),
        Tensor("y", (1, 3, 2), "float32"),
    )
    ops = (
        Op("LESS", (0, 1), (3,)),
        Op("ADD", (0, 2), (4,)),
        Op(select, (3, 4, 0), (5,)),
        Op("GATHER", (6, 5), (7,)),
    )
    return Model((Graph(tensors, ops, (0,), (7,)),))


def samples(*indices: int) -> Samples:
    return Samples((np.array([indices], np.int32),))


@pytest.mark.parametrize("select", ["SELECT", "SELECT_V2"])
def test_without_negative_samples_the_index_is_read_as_it_is(select: str) -> None:
    model = embedding(select)
    plain = with_plain_indices(model, samples(0, 4, 2)).main
    assert [(op.kind, op.inputs) for op in plain.ops] == [("GATHER", (6, 0))]
    inputs = [np.array([[[0, 4, 2]]], np.int32)]
    expected, got = (execute(g, inputs)[7] for g in (model.main, plain))
    np.testing.assert_array_equal(got, expected)


def test_with_a_negative_sample_nothing_changes() -> None:
    model = embedding()
    assert with_plain_indices(model, samples(0, -1, 2)) is model


def test_a_part_that_others_read_stays() -> None:
    model = embedding()
    graph = replace(model.main, outputs=(7, 3))
    plain = with_plain_indices(Model((graph,)), samples(0, 4, 2)).main
    assert [op.kind for op in plain.ops] == ["LESS", "GATHER"]


@pytest.mark.parametrize("change", ["other bound", "other index"])
def test_what_only_looks_alike_stays(change: str) -> None:
    graph = embedding().main
    if change == "other bound":
        tensors = (graph.tensors[0], number("one", 1), *graph.tensors[2:])
        graph = replace(graph, tensors=tensors)
    else:
        graph = replace(
            graph, ops=(graph.ops[0], graph.ops[1], Op("SELECT_V2", (3, 4, 4), (5,)), graph.ops[3])
        )
    model = Model((graph,))
    assert with_plain_indices(model, samples(0, 4, 2)) is model
