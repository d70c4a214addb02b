"""Self-test vectors carry what the simulator says, and C text of them is the same numbers."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, run, tool
from codegen.small_models import classifier, two_inputs
from opkit.input_affines import affine_model

from edgeq.codegen.engine import NamedModel
from edgeq.codegen.generate import generate
from edgeq.codegen.native import NativeOptions, native_engine
from edgeq.codegen.selftest import make_vectors, render_selftest
from edgeq.simulate.execute import execute, random_inputs


def test_vectors_are_reproducible_and_their_outputs_are_the_simulators() -> None:
    model = two_inputs()
    vectors, again = make_vectors(model, 5), make_vectors(model, 5)
    assert vectors.count == 5
    assert vectors.nbytes == 5 * (5 + 5 + 5)
    expected = execute(model.main, vectors.inputs)[model.main.outputs[0]]
    np.testing.assert_array_equal(vectors.outputs[0], expected)
    for one, other in zip(
        (*vectors.inputs, *vectors.outputs), (*again.inputs, *again.outputs), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_the_first_samples_given_are_taken() -> None:
    model = classifier()
    inputs = random_inputs(model.main, 9, 3)
    vectors = make_vectors(model, 4, inputs)
    np.testing.assert_array_equal(vectors.inputs[0], inputs[0][:4])


def test_fewer_samples_than_asked_for_are_all_taken() -> None:
    model = classifier()
    assert make_vectors(model, 4, random_inputs(model.main, 2)).count == 2


def test_the_text_holds_the_same_numbers() -> None:
    model = classifier()
    vectors = make_vectors(model, 2)
    engine = native_engine([NamedModel(model, "tiny")], "tiny", None, NativeOptions())
    files = render_selftest(engine.models[0], vectors)
    assert set(files) == {"tiny_selftest.h", "tiny_selftest.c"}
    assert "#define TINY_SELFTEST_VECTORS 2\n" in files["tiny_selftest.h"]
    body = re.search(r"input0\[2\]\[64\] = \{(.*?)\n\};", files["tiny_selftest.c"], re.S)
    assert body is not None
    assert [int(n) for n in re.findall(r"-?\d+", body[1])] == vectors.inputs[0].ravel().tolist()


@pytest.mark.slow
def test_real_inputs_are_given_as_they_are_and_set_by_the_helper(tmp_path: Path) -> None:
    """Firmware checks its float helper too: with a wrong constant every vector differs."""
    tool("gcc", "gcc")
    model = affine_model((1, 3), np.array([1013.0, 0.02, -5.0]), np.array([0.1, 200.0, -3.0]))
    generate(model, tmp_path / "p", framework="headers", name="m", selftest=3)
    main = '#include "m_selftest.h"\nstatic m_arena_t arena;\nint main(void) { m_t m; m_init(&m, &arena, sizeof arena);'
    (tmp_path / "main.c").write_text(f"{main} return m_selftest(&m) == FAILED ? 0 : 1; }}")
    sources = ("main.c", "p/m.c", "p/m_selftest.c", "-Ip", "-lm", "-o", "m")
    run("gcc", *C99, *SANITIZERS, "-DFAILED=0", *sources, cwd=tmp_path)
    run("./m", cwd=tmp_path)
    weights = tmp_path / "p" / "m_weights.h"
    weights.write_text(weights.read_text().replace("1013.0f", "1000.0f"))
    run("gcc", *C99, *SANITIZERS, "-DFAILED=3", *sources, cwd=tmp_path)
    run("./m", cwd=tmp_path)
