"""Variables that start anew: a file copies what they begin with to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from ops.test_unidirectional_sequence_lstm import integer

from edgeq.graph import Model, Op, read_tflite, with_all_restarting, with_kept, write_tflite
from edgeq.graph.restarts import restarting, stored_restarts, with_restarts

ANEW, KEPT = integer(restarts=True), integer()
HIDDEN, CELL = 14, 15


def test_a_file_copies_their_first_values_to_them() -> None:
    stored = stored_restarts(ANEW)
    assert [op.kind for op in stored.main.ops[:2]] == ["TRANSPOSE", "TRANSPOSE"]
    assert [op.outputs for op in stored.main.ops[:2]] == [(HIDDEN,), (CELL,)]
    assert all(stored.main.tensors[t].variable for t in (HIDDEN, CELL))
    assert restarting(ANEW.main) == (HIDDEN, CELL)
    assert read_tflite(write_tflite(ANEW)) == ANEW


def test_variables_may_be_made_of_them_and_they_of_variables() -> None:
    assert with_kept(ANEW) == KEPT
    assert with_all_restarting(KEPT) == ANEW


def stored_with(change: dict[int, object]) -> Model:
    """The stored model with other operators in place of some."""
    stored = stored_restarts(ANEW)
    ops = tuple(change.get(k, op) for k, op in enumerate(stored.main.ops))
    return replace(stored, graphs=(replace(stored.main, ops=ops),))  # type: ignore[arg-type]


def test_other_operators_are_left() -> None:
    """A copy of another kind, of what is computed, with axes moved, or after a reader."""
    first, second, lstm = stored_restarts(ANEW).main.ops
    turned = Op("TRANSPOSE", (first.inputs[0], second.inputs[0]), first.outputs)
    for model in (
        stored_with({0: replace(first, kind="ABS")}),
        stored_with({0: replace(first, inputs=(0, first.inputs[1]))}),
        stored_with({0: turned}),
        stored_with({0: lstm, 2: first}),
    ):
        assert HIDDEN not in restarting(with_restarts(model).main)


def test_they_begin_at_the_zero_of_their_quantization() -> None:
    tensors = ANEW.main.tensors
    assert set(tensors[HIDDEN].array.ravel()) == {tensors[HIDDEN].zero_point} == {5}
    assert not np.any(tensors[CELL].array)
