"""Variables that operators keep by themselves: added by clean-up, left out of files."""

from __future__ import annotations

from dataclasses import replace

import pytest
from differential.seeds import find_seeds
from ops.signals import int16

from edgeq.cleanup import clean_up, cleaned
from edgeq.cleanup.clean_model import NEW
from edgeq.cleanup.internal_state import add_internal_state
from edgeq.graph import Graph, Model, Tensor, custom_op, read_tflite, write_tflite
from edgeq.graph.write import stored_model
from edgeq.ops import operator, supported


def two_delays(rows: int = 2) -> Model:
    first, second = (
        custom_op("SignalDelay", (t,), (t + 1,), delay_length=length)
        for t, length in ((0, 3), (1, 2))
    )
    tensors = tuple(int16(name, rows, 4) for name in "xyz")
    return Model((Graph(tensors, (first, second), (0,), (2,)),))


def test_each_operator_gets_its_variable() -> None:
    clean = clean_up(two_delays())
    graph = clean.model.main
    assert graph.states == (3, 4)
    assert [graph.tensors[t].shape for t in graph.states] == [(2, 3), (2, 2)]
    assert [(op.inputs, op.outputs) for op in graph.ops] == [((0, 3), (1, 3)), ((1, 4), (2, 4))]
    assert clean.origins == ((0, 1, 2, NEW, NEW),)


def test_it_is_added_once() -> None:
    once = cleaned(two_delays())
    assert cleaned(once) is once


def test_files_have_none() -> None:
    given = two_delays()
    content = write_tflite(cleaned(given))
    assert content == write_tflite(given)
    assert read_tflite(content) == given


def test_other_tensors_keep_their_numbers_in_files() -> None:
    graph = cleaned(two_delays()).main
    behind = replace(
        graph, tensors=(*graph.tensors, Tensor("last", (2, 4), "int16")), outputs=(2, 5)
    )
    copied = custom_op("SignalWindow", (2, 2), (5,), shift=0)
    stored = read_tflite(write_tflite(Model((replace(behind, ops=(*graph.ops, copied)),))))
    assert stored.main.outputs == (2, 5)
    assert [t.shape for t in stored.main.tensors] == [(2, 4)] * 3 + [(0,), (0,), (2, 4)]
    assert cleaned(stored).main.states == (4, 5)


def test_an_operator_that_is_to_be_refused_stays_as_it_is() -> None:
    graph = two_delays().main
    odd = custom_op("SignalDelay", (0,), (1,), delay_length=-1)
    refused = replace(graph, ops=(odd, graph.ops[1]))
    after = cleaned(Model((refused,))).main
    assert after.ops[0] == odd
    assert len(after.states) == 1


@pytest.mark.parametrize("kind", sorted(k for k in supported() if operator(k).internal_state))
def test_no_state_is_asked_of_a_layer_that_is_to_be_refused(kind: str) -> None:
    """One without outputs, and one without elements, by which numbers of frames are divided."""
    graph = stored_model(find_seeds()[kind][0]).main
    (op,) = (op for op in graph.ops if op.kind == kind)
    x = graph.tensors[op.inputs[0]]
    empty = replace(x, shape=(*x.shape[:-1], 0))
    tensors = tuple(empty if tensor == x else tensor for tensor in graph.tensors)
    for changed in (
        replace(graph, ops=(replace(op, outputs=()),)),
        replace(graph, ops=(op,), tensors=tensors),
    ):
        assert add_internal_state(changed) == changed
