"""The C interface of an input that comes row by row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, STUBS, WARNINGS, run
from plan.test_feed import by_hand

from edgeq.codegen.generate import generate
from edgeq.codegen.native import NativeOptions, render_native
from edgeq.data.quantized import dequantize
from edgeq.errors import EdgeqError
from edgeq.graph import Model
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute, random_inputs

BY_ROWS = NativeOptions(feed_rows=True)


def expected(model: Model, inputs: list[Values]) -> bytes:
    return execute(model.main, inputs)[model.main.outputs[0]].tobytes()


def test_the_interface_names_no_whole_input() -> None:
    files = render_native(by_hand(), "rows", (), BY_ROWS).files
    header = files["rows.h"]
    assert "size_t rows_feed_rows(rows_t *model, const int8_t *rows, size_t count);" in header
    assert "#define ROWS_ROWS 40 " in header
    assert "#define ROWS_ROW_BYTES 120\n" in header
    for text in files.values():
        assert "rows_input" not in text
        assert "rows_invoke" not in text


def test_a_plain_engine_has_no_trace_of_rows() -> None:
    for text in render_native(by_hand(), "plain").files.values():
        assert "feed" not in text


def test_tflm_takes_inputs_whole(tmp_path: Path) -> None:
    with pytest.raises(EdgeqError, match="takes inputs whole"):
        generate(by_hand(), tmp_path, framework="headers", engine="tflm", options=BY_ROWS)


@pytest.mark.slow
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_rows_of_real_values_are_quantized_as_they_come(tmp_path: Path, compiler: str) -> None:
    model = by_hand()
    generate(model, tmp_path, framework="headers", name="rows", options=BY_ROWS)
    sources = ["rows.c", STUBS / "feed_reals.c", "-o", "rows", "-lm"]
    run(compiler, *C99, *SANITIZERS, "-I.", *sources, cwd=tmp_path)
    inputs = random_inputs(model.main, 1)
    real = np.asarray(dequantize(inputs[0], model.main.tensors[0]), np.float32)
    assert run("./rows", cwd=tmp_path, stdin=real.tobytes()) == expected(model, inputs)


@pytest.mark.slow
def test_the_header_is_cpp_and_the_program_checks_itself(tmp_path: Path) -> None:
    generate(by_hand(), tmp_path, framework="cmake", name="rows", selftest=3, options=BY_ROWS)
    sources = ["main.c", "src/rows.c", "src/rows_selftest.c", "-o", "rows", "-lm"]
    run("gcc", *C99, *SANITIZERS, "-Isrc", *sources, cwd=tmp_path)
    assert b"different 0\n" in run("./rows", cwd=tmp_path)
    (tmp_path / "use.cc").write_text('#include "src/rows.h"\n')
    run("g++", "-std=c++17", *WARNINGS, "-fsyntax-only", "use.cc", cwd=tmp_path)
