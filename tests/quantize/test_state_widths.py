"""The type of states, by what each gives, and what is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from quantize.recurrent import recurrent, waves
from quantize.test_kept_states import QUICK, sequence
from quantize.test_wide_states import RESONANT, SMOOTH, filtered, state_type

from edgeq.graph import read_tflite, write_tflite
from edgeq.mixed.budget import Budget
from edgeq.mixed.mixed import quantize_mixed
from edgeq.quantize.quantize import quantize
from edgeq.quantize.state_widths import StateWidth, choose_width


@pytest.mark.parametrize(
    ("before", "after", "dtype"),
    [(30.0, 90.0, "int8"), (29.0, 34.9, "int8"), (29.0, 35.0, "int16")],
)
def test_16_bits_are_taken_where_8_are_too_few_and_gain(
    before: float, after: float, dtype: str
) -> None:
    made = list[str]()

    def widened() -> str:
        made.append("int16")
        return "int16"

    measured = {"int8": before, "int16": after}
    chosen, width = choose_width("gru", "int8", measured.__getitem__, widened, 30.0)
    assert chosen == width.dtype == dtype
    assert width == StateWidth("gru", dtype, before, after if made else None)
    assert made == ([] if before == 30 else ["int16"])


def test_what_a_loop_carries_is_said() -> None:
    model = write_tflite(recurrent())
    (chosen,) = quantize(model, waves(), QUICK).states
    assert (chosen.name, chosen.dtype) == ("output", "int8")
    assert chosen.int8_db is not None
    wide = quantize(model, waves(), replace(QUICK, scheme="int16x8"))
    assert wide.states == (StateWidth("output", "int16"),)


def test_variables_are_said_by_their_names() -> None:
    (chosen,) = quantize(write_tflite(filtered(*SMOOTH)), sequence(40), QUICK).states
    assert (chosen.name, chosen.dtype, chosen.int16_db) == ("y[-1], y[-2]", "int8", None)


@pytest.mark.slow
@pytest.mark.parametrize(("poles", "dtype"), [(RESONANT, "int16"), (SMOOTH, "int8")])
def test_mixed_precision_chooses_the_type_of_states(poles: tuple[float, float], dtype: str) -> None:
    options = replace(QUICK, scheme="mixed")
    model = write_tflite(filtered(*poles))
    made = quantize_mixed(model, sequence(120), options, Budget(point=0)).quantized
    graph = read_tflite(made.content).main
    assert state_type(read_tflite(made.content)) == made.states[0].dtype == dtype
    assert {graph.tensors[t].dtype for t in (*graph.inputs, *graph.outputs)} == {"int8"}
