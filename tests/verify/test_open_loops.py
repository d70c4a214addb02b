"""What is said of the time of loops whose number of steps depends on data."""

from __future__ import annotations

import numpy as np
import pytest
from ops.loops import counted_loop, nested_loops, searching_loop
from verify.tools import needed

from edgeq.codegen.native import render_native
from edgeq.graph import Model
from edgeq.inspection import inspect
from edgeq.verify.job import Job, prepare
from edgeq.verify.open_loops import INSIDE, step_notes
from edgeq.verify.run import verify_target
from edgeq.verify.targets import find_target

STEPS = (0, 1, 13)
"""Of the samples of `searching`: 7 is added to x while it is below 90."""


def searching() -> Job:
    x = np.array([[90], [89], [0]], np.int8)
    return job(searching_loop(), x, np.zeros_like(x))


def job(model: Model, *inputs: np.ndarray) -> Job:
    return prepare(model, render_native(model, "op"), inputs)


def test_the_steps_of_the_samples_are_told_and_what_one_takes() -> None:
    counts = [[100 + 7 * steps] for steps in STEPS]
    (line,) = step_notes(searching(), 3, counts)
    assert line == (
        "layer 0 takes as many steps as its input asks for: 0 to 13 in the 3 samples that ran, "
        "100 to 191 instructions, 7 a step"
    )
    assert step_notes(searching(), 1) == (
        "layer 0 takes as many steps as its input asks for: 0 in the sample that ran",
    )


def test_counted_loops_and_those_inside_of_others() -> None:
    x = np.zeros((2, 1, 6), np.int8)
    assert step_notes(job(counted_loop(), x), 2) == ()
    assert step_notes(job(nested_loops(), x[..., :4]), 2) == (INSIDE,)


def test_inspect_names_them() -> None:
    assert inspect(searching_loop()).open_loops == (0,)
    assert inspect(counted_loop()).open_loops == ()


@pytest.mark.slow
def test_instructions_are_those_of_the_steps_that_each_sample_took() -> None:
    target = find_target("cortex-m4")
    needed(target)
    result = verify_target(searching(), target)
    assert result.status == "ok"
    (note,) = result.notes
    low, high = (int(n.replace(",", "")) for n in note.split(", ")[1].split(" ")[0:3:2])
    each = int(note.split(", ")[2].split(" ")[0])
    assert abs(high - low - 13 * each) <= 13
    mean = result.instructions_per_inference
    assert mean is not None
    assert low < mean < high + 100
