"""State in generated C: of each instance its own, apart from the arena, started anew by reset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, STUBS, run
from codegen.small_models import classifier
from ops.streaming import ring_buffer

from edgeq.codegen.generate import generate
from edgeq.codegen.native import render_native
from edgeq.inspection import inspect
from edgeq.simulate.execute import execute, random_inputs


def test_the_state_is_counted_apart_from_the_arena() -> None:
    engine, told = render_native(ring_buffer(), "ring"), inspect(ring_buffer())
    assert told.state_bytes == engine.state_bytes == 12
    assert "#define RING_STATE_BYTES 12 " in engine.files["ring.h"]
    assert told.arena is not None
    assert told.arena["planned_bytes"] == engine.arena_bytes == 24


def test_a_model_without_state_has_no_trace_of_it() -> None:
    engine = render_native(classifier(), "plain")
    assert engine.state_bytes == inspect(classifier()).state_bytes == 0
    for name in ("plain.h", "plain.c"):
        assert "state" not in engine.files[name].lower()
        assert "reset" not in engine.files[name]


def test_equal_initial_values_take_no_flash() -> None:
    plain, filled = (
        render_native(ring_buffer(initial), "ring")
        for initial in (None, np.full((1, 3, 4), 3, np.int8))
    )
    assert plain.model_bytes - filled.model_bytes == 12
    assert "memset(state + 0, 3, 12);" in filled.files["ring.c"]


@pytest.mark.slow
def test_two_instances_keep_their_own_state_and_reset_starts_it_anew(tmp_path: Path) -> None:
    model = ring_buffer()
    generate(model, tmp_path, framework="headers", name="ring")
    sources = ["ring.c", STUBS / "two_instances.c", "-o", "ring", "-lm"]
    run("gcc", *C99, *SANITIZERS, "-I.", *sources, cwd=tmp_path)
    (x,) = random_inputs(model.main, 12)
    got = np.frombuffer(run("./ring", cwd=tmp_path, stdin=x.tobytes()), np.int8)
    expected = np.empty((12, *model.main.tensors[9].shape), np.int8)
    for first in (0, 1, 6, 7):
        part = slice(first, first + 5, 2)
        expected[part] = execute(model.main, [x[part]])[9]
    np.testing.assert_array_equal(got, expected.reshape(-1))


@pytest.mark.slow
def test_the_self_test_is_one_sequence_and_may_be_repeated(tmp_path: Path) -> None:
    generate(ring_buffer(), tmp_path, framework="headers", name="ring", selftest=4)
    (tmp_path / "main.c").write_text(
        '#include "ring_selftest.h"\n'
        "static ring_arena_t arena;\nint main(void) {\n  ring_t model;\n"
        "  (void)ring_init(&model, &arena, sizeof arena);\n"
        "  return ring_selftest(&model) + 10 * ring_selftest(&model);\n}\n"
    )
    run("gcc", *C99, *SANITIZERS, "main.c", "ring.c", "ring_selftest.c", "-lm", cwd=tmp_path)
    run("./a.out", cwd=tmp_path)
