"""Variables that start anew: what files say of them, and what they may not say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.test_unidirectional_sequence_lstm import integer

from edgeq.errors import ModelError
from edgeq.graph import (
    Model,
    read_tflite,
    restarting_in,
    with_all_restarting,
    with_kept,
    write_tflite,
)
from edgeq.graph.restarts import ENTRY, restarting, stored_restarts

ANEW, KEPT = integer(restarts=True), integer()
HIDDEN, CELL = 14, 15


def with_entry(content: bytes, model: Model = KEPT) -> bytes:
    return write_tflite(replace(model, metadata=((ENTRY, content),)))


def numbers(*tensors: int) -> bytes:
    return np.array(tensors, "<i4").tobytes()


def test_a_file_names_them_and_has_them_as_variables() -> None:
    stored = stored_restarts(ANEW)
    assert stored.metadata == ((ENTRY, numbers(HIDDEN, CELL)),)
    assert all(stored.main.tensors[t].variable for t in (HIDDEN, CELL))
    assert restarting_in(write_tflite(ANEW)) == (HIDDEN, CELL) == restarting(ANEW.main)
    assert restarting_in(write_tflite(KEPT)) == ()


def test_they_begin_at_the_zero_of_their_quantization() -> None:
    tensors = read_tflite(with_entry(numbers(HIDDEN, CELL))).main.tensors
    assert set(tensors[HIDDEN].array.ravel()) == {tensors[HIDDEN].zero_point} == {5}
    assert not tensors[CELL].array.any()


def test_variables_may_be_made_of_them_and_they_of_variables() -> None:
    assert with_kept(ANEW) == KEPT
    assert with_all_restarting(KEPT) == ANEW


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (numbers(0), "tensor 0, which is no variable"),
        (numbers(-1), "tensor -1"),
        (numbers(99), "tensor 99"),
        (numbers(HIDDEN, HIDDEN), f"tensor {HIDDEN}"),
        (b"\x0e\x00", "2 bytes, not 4 for each tensor"),
    ],
)
def test_refuses_other_entries(content: bytes, why: str) -> None:
    with pytest.raises(ModelError, match=why):
        read_tflite(with_entry(content))


def test_refuses_variables_without_numbers() -> None:
    graph = KEPT.main
    tensors = list(graph.tensors)
    tensors[CELL] = replace(tensors[CELL], dtype="string", quantization=None)
    model = replace(KEPT, graphs=(replace(graph, tensors=tuple(tensors)),))
    with pytest.raises(ModelError, match=f"tensor {CELL}"):
        read_tflite(with_entry(numbers(CELL), model))
