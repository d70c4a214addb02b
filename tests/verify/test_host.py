"""The generated C on this machine: built by both compilers, with and without sanitizers, and
measured.
"""

from pathlib import Path

import numpy as np
import pytest
from ops.compiled import OPTIMIZATION
from verify.graphs import changed, small_model

from edgeq.codegen.native import render_native
from edgeq.errors import EdgeqError
from edgeq.simulate.execute import execute, random_inputs
from edgeq.verify.host import (
    build_host,
    host_code_bytes,
    interleave,
    run_binary,
    run_host,
    write_sources,
)
from edgeq.verify.targets import Compiler

MODEL = small_model()
CONV, FLAT, SCORES = 3, 5, 7


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_every_tensor_is_the_simulators(compiler: str) -> None:
    inputs = random_inputs(MODEL.main, 5)
    expected = execute(MODEL.main, inputs, [CONV, FLAT, SCORES])
    got = run_host(render_native(MODEL, "small"), inputs, compiler, optimization=OPTIMIZATION)
    assert got.keys() == expected.keys()
    for t, values in expected.items():
        np.testing.assert_array_equal(got[t], values)


def test_a_binary_runs_again_and_again(tmp_path: Path) -> None:
    engine = render_native(MODEL, "small")
    write_sources(engine, tmp_path)
    binary = build_host(tmp_path, sanitize=False, optimization="-O0")
    inputs = random_inputs(MODEL.main, 3)
    first, again = run_binary(binary, engine, inputs), run_binary(binary, engine, inputs)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    "name",
    [
        "host_main",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("edgeq image", "main", "arena")),
    ],
)
def test_a_models_name_cannot_meet_a_file_or_name_of_ours(name: str) -> None:
    assert run_host(render_native(MODEL, name), random_inputs(MODEL.main, 1), sanitize=False)


def test_sanitizers_stop_a_write_outside_the_arena() -> None:
    engine = render_native(MODEL, "small")
    wild = changed(
        engine,
        "return EDGEQ_OK;\n}\n\nedgeq_status_t small_invoke(small_t *model) {",
        "return EDGEQ_OK;\n}\n\nedgeq_status_t small_invoke(small_t *model) {\n"
        "  model->arena[SMALL_ARENA_BYTES + 9] = 1;",
    )
    with pytest.raises(
        EdgeqError, match=r"failed on this machine — .*AddressSanitizer: global-buffer-overflow"
    ):
        run_host(wild, random_inputs(MODEL.main, 1), optimization=OPTIMIZATION)


def test_what_does_not_compile_is_one_line() -> None:
    engine = changed(render_native(MODEL, "small"), "return EDGEQ_OK", "return edgeq_nothing")
    with pytest.raises(
        EdgeqError, match=r"does not compile with gcc — small\.c:\d+:\d+: error: .*edgeq_nothing"
    ):
        run_host(engine, random_inputs(MODEL.main, 1), "gcc")


def test_samples_are_laid_one_after_the_other() -> None:
    a, b = np.array([[1, 2], [5, 6]], np.int8), np.array([[0x0403], [0x0807]], np.int16)
    assert interleave([a, b]) == bytes(range(1, 9))


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_code_is_what_an_object_holds_besides_the_constants(compiler: str, tmp_path: Path) -> None:
    engine = render_native(MODEL, "small")
    write_sources(engine, tmp_path)
    size = host_code_bytes(engine, tmp_path, Compiler(compiler))
    assert size is not None
    assert 300 < size < 5000
