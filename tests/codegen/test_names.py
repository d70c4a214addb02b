"""Names and numbers from outside: whatever they hold, C reads them as one name, one comment, one
string, one value.
"""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ops.harness import constant, quantized

from edgeq.codegen.names import (
    C_KEYWORDS,
    HEADERS,
    MAX_NAME,
    TYPES,
    c_comment,
    c_float,
    c_identifier,
    c_number,
    c_rows,
    c_string,
)
from edgeq.codegen.native import render_native
from edgeq.graph import Graph, Model, Op
from edgeq.simulate.execute import random_inputs
from edgeq.verify.host import run_host

HOSTILE = [
    '"; system("x',
    "*/ int evil; /*",
    "*\\ int evil; /\\*",
    "a/*/b/*/",
    "line\nbreak\r\n#include <x>",
    "ends with a backslash\\",
    "??/ ???/ ????/ trigraphs",
    "../../etc/passwd",
    "C:\\con",
    "%s%n{{ 7 * 7 }}{% raw %}",
    "naïve Größe 模型 🤖",
    "\x00\x07\x1b[31m\ud800",
    "while",
    "int8",
    "_Static_assert",
    "9 lives",
    "",
    " ",
    "__FILE__",
    "x" * 5000,
    "$(rm -rf ~)`ls`",
    "stdio",
    "EDGEQ_OK",
]
TEXT = st.text() | st.text(alphabet='*/\\?"\n a1_', max_size=20) | st.sampled_from(HOSTILE)


@settings(max_examples=50)
@given(TEXT)
def test_an_identifier_is_one_in_c_and_no_word_of_the_language_or_the_system(text: str) -> None:
    name = c_identifier(text)
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name), (
        "no leading, trailing or double underscore"
    )
    assert len(name) <= MAX_NAME + len("model_")
    assert name not in C_KEYWORDS | HEADERS | TYPES
    assert not name.startswith(("edgeq", "layer0")) or name.endswith("_model")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kws", "kws"),
        ("My Model (v2)", "my_model_v2"),
        ("9 lives", "model_9_lives"),
        ("", "model"),
        ("模型", "model"),
        ("__init__", "init"),
        ("Größe", "grosse"),
        ("NULL", "null"),
        ("uint8", "uint8_model"),
        ("NUL", "nul_model"),
        ("main", "main_model"),
        ("edgeq", "edgeq_model"),
        ("size", "size_model"),
        ("x" * 100, "x" * 48),
        ("a" * 47 + " b", "a" * 47),
    ],
)
def test_an_identifier_keeps_what_it_can(text: str, name: str) -> None:
    assert c_identifier(text) == name


@given(TEXT)
def test_a_comment_stays_one_comment_on_one_line(text: str) -> None:
    comment = c_comment(text)
    assert re.fullmatch(r"[ -~]*", comment)
    assert not any(evil in comment for evil in ("*/", "/*", "\\", "??"))
    assert len(comment) <= 100


def test_a_comment_keeps_plain_text_and_is_cut_with_dots() -> None:
    assert (
        c_comment("conv2d_1/Relu;StatefulPartitionedCall:0")
        == "conv2d_1/Relu;StatefulPartitionedCall:0"
    )
    assert c_comment("abcdefghij", 8) == "abcde..."


@given(TEXT)
def test_a_string_literal_reads_back(text: str) -> None:
    """Python's bytes literals have C's escapes of backslashes, quotes and octal digits."""
    literal = c_string(text)
    assert re.fullmatch(r'"[ -~]*"', literal)
    assert "?" not in literal
    assert ast.literal_eval("b" + literal) == text.encode("utf-8", "replace")


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_a_float_literal_reads_back_to_the_same_float32(value: float) -> None:
    literal = c_float(value)
    assert re.fullmatch(r"-?\d+(\.\d*)?(e[+-]\d+)?f", literal)
    assert "." in literal or "e" in literal
    assert np.float32(literal[:-1]).tobytes() == np.float32(value).tobytes()


def test_what_has_no_digits_is_named() -> None:
    assert [c_float(v) for v in (0.0, 1e-30, 0.25, 2.0**40)] == [
        "0.0f",
        "1.e-30f",
        "0.25f",
        "1.0995116e+12f",
    ]
    assert [c_float(v) for v in (float("nan"), float("inf"), -float("inf"))] == [
        "NAN",
        "INFINITY",
        "-INFINITY",
    ]


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (0, "0"),
        (-128, "-128"),
        (True, "1"),
        (2**31 - 1, "2147483647"),
        (2**31, "2147483648LL"),
        (-(2**31), "(-2147483647 - 1)"),
        (-(2**31) - 1, "-2147483649LL"),
        (2**63 - 1, "9223372036854775807LL"),
        (-(2**63), "(-9223372036854775807LL - 1)"),
        (2**64 - 1, "18446744073709551615ULL"),
        (0.5, "0.5f"),
    ],
)
def test_a_number_is_spelled_as_c_can_read_it(value: float, literal: str) -> None:
    assert c_number(value) == literal


def test_every_literal_is_itself_to_the_compiler(tmp_path: Path) -> None:
    """The corners of every dtype, compiled with warnings as errors and printed."""
    columns = {
        "int8_t": np.array([-128, 127], np.int8),
        "uint32_t": np.array([0, 2**32 - 1], np.uint32),
        "int32_t": np.array([-(2**31), 2**31 - 1], np.int32),
        "int64_t": np.array([-(2**63), 2**63 - 1], np.int64),
        "uint64_t": np.array([0, 2**64 - 1], np.uint64),
        "float": np.array(
            [0.1, -0.0, 1e-45, 3.4028235e38, -np.inf, np.nan, 123456.7, 1e-4], np.float32
        ),
    }
    arrays = [
        f"static const {t} a{i}[] = {{{' '.join(c_rows(v))}}};"
        for i, (t, v) in enumerate(columns.items())
    ]
    writes = [f"fwrite(a{i}, 1, sizeof a{i}, stdout);" for i in range(len(columns))]
    names = [f"puts({c_string(text)});" for text in ("???/", "é1", 'say "hi"\\')]
    lines = [
        "#include <math.h>",
        "#include <stdint.h>",
        "#include <stdio.h>",
        *arrays,
        "int main(void) {",
        *writes,
    ]
    (tmp_path / "literals.c").write_text("\n".join([*lines, *names, "return 0;", "}", ""]))
    flags = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic"]
    command = ["gcc", *flags, "literals.c", "-o", "literals"]
    subprocess.run(command, cwd=tmp_path, check=True)
    printed = subprocess.run([tmp_path / "literals"], capture_output=True, check=True).stdout
    expected = (
        b"".join(values.tobytes() for values in columns.values())
        + '???/\né1\nsay "hi"\\\n'.encode()
    )
    assert printed == expected


def test_rows_are_wrapped_and_lose_nothing() -> None:
    values = np.arange(-500, 500, dtype=np.int16)
    rows = c_rows(values, 60)
    assert max(len(row) for row in rows) <= 60
    assert [int(text) for text in " ".join(rows).replace(",", " ").split()] == values.tolist()
    assert c_rows(np.zeros((0, 3), np.int8)) == []


def test_hostile_names_compile_and_change_no_byte() -> None:
    """Layers, labels and the model are called hostile things; each layer turns a matrix, an even
    number of times.
    """
    names = [
        name.encode("utf-8", "replace").decode() for name in [*HOSTILE, "last"]
    ]  # a file holds no surrogates
    perm = constant(HOSTILE[1], np.array([1, 0], np.int32))
    turned = [quantized(name, (3, 2) if i % 2 == 0 else (2, 3)) for i, name in enumerate(names)]
    ops = [
        Op("TRANSPOSE", (1 if i == 0 else i + 1, 0), (i + 2,), options_type="TransposeOptions")
        for i in range(24)
    ]
    model = Model((Graph((perm, quantized(HOSTILE[2], (2, 3)), *turned), tuple(ops), (1,), (25,)),))
    inputs = random_inputs(model.main, 2)
    engine = render_native(model, HOSTILE[0], labels=tuple(HOSTILE))
    assert list(engine.files) == [
        "system_x.h",
        "system_x.c",
        "system_x_kernels.h",
        "system_x_weights.h",
    ]
    np.testing.assert_array_equal(
        run_host(engine, inputs, sanitize=False, optimization="-O0")[25], inputs[0]
    )


def test_arrays_of_floats_have_the_literals_of_each() -> None:
    generator = np.random.default_rng(0)
    edges = [0.0, -0.0, 1e-4, 1.0001e-4, 999999.94, 1e6, 123456.0, 0.1, -3.0, np.nan, np.inf]
    values = np.concatenate(
        [np.array(edges), generator.normal(size=500), generator.lognormal(0, 30, 500)]
    ).astype("f4")
    assert " ".join(c_rows(values)) == ", ".join(c_float(float(value)) for value in values) + ","
