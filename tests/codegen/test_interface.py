"""The header that applications include: C99 and C++, several models in one program, real numbers in
and out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, STUBS, WARNINGS, run, tool
from codegen.small_models import classifier, identity, two_inputs
from ops.harness import quantized

from edgeq.codegen.generate import generate
from edgeq.data.quantized import dequantize, quantize
from edgeq.graph import Tensor
from edgeq.opkit.node import Values
from edgeq.simulate.execute import execute, random_inputs


@pytest.mark.parametrize("engine", ["native", "tflm"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_header_is_c99_and_cpp17(tmp_path: Path, engine: str, compiler: str) -> None:
    tool(compiler, compiler)
    generate(
        two_inputs(), tmp_path / "p", framework="headers", engine=engine, name="both", selftest=2
    )
    (tmp_path / "use.c").write_text('#include "both.h"\n#include "both_selftest.h"\n')
    run(compiler, *C99, "-fsyntax-only", "-Ip", "use.c", cwd=tmp_path)
    run(compiler, "-xc++", "-std=c++17", *WARNINGS, "-fsyntax-only", "-Ip", "use.c", cwd=tmp_path)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize(
    "program", ["interleaved.c", pytest.param("shared_arena.c", marks=pytest.mark.slow)]
)
def test_two_models_live_in_one_program(tmp_path: Path, program: str, compiler: str) -> None:
    """Each with its arena, also when both inputs are filled first; and in turn on one arena."""
    tool(compiler, compiler)
    first, second = classifier(), two_inputs()
    for model, name in ((first, "first"), (second, "second")):
        generate(model, tmp_path / name, framework="headers", name=name)
    run(
        compiler,
        *C99,
        *SANITIZERS,
        "-Ifirst",
        "-Isecond",
        "first/first.c",
        "second/second.c",
        STUBS / program,
        "-o",
        "both",
        "-lm",
        cwd=tmp_path,
    )
    x, (a, b) = random_inputs(first.main, 20, 1)[0], random_inputs(second.main, 20, 2)
    stdin = b"".join(part.tobytes() for sample in zip(x, a, b, strict=True) for part in sample)
    expected_first = execute(first.main, [x])[first.main.outputs[0]]
    expected_second = execute(second.main, [a, b])[second.main.outputs[0]]
    expected = b"".join(
        p.tobytes() for pair in zip(expected_first, expected_second, strict=True) for p in pair
    )
    assert run("./both", cwd=tmp_path, stdin=stdin) == expected


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_init_takes_no_arena_that_is_too_small_or_misaligned(tmp_path: Path, compiler: str) -> None:
    """EDGEQ_OK is 0, EDGEQ_ARENA_TOO_SMALL 1, EDGEQ_ARENA_MISALIGNED 2: numbers that applications
    may have stored.
    """
    tool(compiler, compiler)
    generate(classifier(), tmp_path / "p", framework="headers", name="net")
    run(
        compiler,
        *C99,
        *SANITIZERS,
        "-Ip",
        "p/net.c",
        STUBS / "init.c",
        "-o",
        "init",
        "-lm",
        cwd=tmp_path,
    )
    said = run("./init", cwd=tmp_path).decode().splitlines()
    assert said == ["1 0", "1 0", *["2 0"] * 7, "0 1", "0 1"]


def helpers(folder: Path, tensor: Tensor, values: Values) -> tuple[Values, Values]:
    """What the C float helpers make of `values`: their quantized numbers, and real numbers again."""
    generate(identity(tensor), folder / "p", framework="headers", name="copy")
    run(
        "gcc",
        *C99,
        *SANITIZERS,
        "-fsanitize=float-cast-overflow",
        "-Ip",
        "p/copy.c",
        STUBS / "floats.c",
        "-o",
        "f",
        "-lm",
        cwd=folder,
    )
    output = run("./f", cwd=folder, stdin=values.astype(np.float32).tobytes())
    return np.frombuffer(output[: tensor.nbytes], tensor.dtype), np.frombuffer(
        output[tensor.nbytes :], np.float32
    )


@pytest.mark.parametrize(
    ("dtype", "scale", "zero_point"),
    [("int8", 0.25, -7), ("int8", 0.0123, -128), ("int8", 3.7, 127), ("int16", 0.0007, 0)],
)
def test_real_numbers_are_quantized_as_the_simulator_does(
    tmp_path: Path, dtype: str, scale: float, zero_point: int
) -> None:
    halves = (
        np.arange(-600, 601) / 2
    )  # every int8 value of any zero point, and every tie between two of them
    far = np.array(
        [0.0, -0.0, 1e30, -1e30, np.inf, -np.inf, 32767, 32768, -32768, -32769, 1e9, 2.0**31]
    )
    values = (np.concatenate([halves, np.nextafter(halves, 1e9), far]) * np.float32(scale)).astype(
        np.float32
    )
    tensor = quantized("x", (1, values.size), scale, zero_point, dtype)
    q, real = helpers(tmp_path, tensor, values)
    np.testing.assert_array_equal(q, quantize(values, tensor))
    np.testing.assert_array_equal(real, dequantize(q, tensor))
    assert dtype != "int8" or set(q.tolist()) == set(range(-128, 128))


def test_ties_go_away_from_zero_and_nan_is_the_zero_point(tmp_path: Path) -> None:
    values = np.array([0.25, -0.25, 0.75, -0.75, np.nan], np.float32)
    q, real = helpers(tmp_path, quantized("x", (1, 5), 0.5, 10), values)
    assert q.tolist() == [11, 9, 12, 8, 10]
    assert real.tolist() == [0.5, -0.5, 1.0, -1.0, 0.0]


def test_a_float_input_is_taken_as_it_is(tmp_path: Path) -> None:
    values = np.array([0.1, -3.5], np.float32)
    q, real = helpers(tmp_path, Tensor("x", (1, 2), "float32"), values)
    np.testing.assert_array_equal(q, values)
    np.testing.assert_array_equal(real, values)
