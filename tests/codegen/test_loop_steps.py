"""Firmware ends a loop that goes on for too long, and says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from codegen.building import C99, SANITIZERS, run
from ops.harness import constant, quantized
from ops.loops import counted_loop, nested_loops, searching_loop

from edgeq.codegen.native import NativeOptions, render_native
from edgeq.graph import Graph, Model, Op
from edgeq.opkit.loops import MAX_STEPS

NEEDED = 13  # steps of `searching_loop` from 0: 7 is added while below 90
MAIN = """
#include <stdio.h>
#include "op.h"
static op_arena_t arena;
int main(void) {
  op_t model;
  op_init(&model, &arena, sizeof arena);
  for (int again = 0; again < 2; ++again) {
    *op_input0(&model) = 0;
    *op_input1(&model) = 0;
    const edgeq_status_t status = op_invoke(&model);
    printf(status == EDGEQ_OK ? "%d at %d;" : "%d;", (int)status, *op_output0(&model));
  }
  return 0;
}
"""
FED = """
#include <stdio.h>
#include "op.h"
static op_arena_t arena;
int main(void) {
  op_t model;
  const int8_t rows[16] = {0};
  op_init(&model, &arena, sizeof arena);
  for (int again = 0; again < 2; ++again) {
    printf("%d;", (int)op_feed_rows(&model, rows, 4));
    op_feed_begin(&model);
  }
  return 0;
}
"""


def fed() -> Model:
    """`searching_loop` from the largest of an image of 4 rows on."""
    inner, loop = searching_loop().main, searching_loop().main.ops[0]
    pool = (
        ("filter_height", 2),
        ("filter_width", 2),
        ("fused_activation_function", "NONE"),
        ("padding", "VALID"),
        ("stride_h", 2),
        ("stride_w", 2),
    )
    tensors = (
        *inner.tensors,
        quantized("image", (1, 4, 4, 1), 0.1),
        quantized("largest of four", (1, 2, 2, 1), 0.1),
        quantized("largest", (1, 1, 1, 1), 0.1),
        constant("flat", np.array([1], np.int32)),
        constant("none", np.zeros(1, np.int8), 0.1),
    )
    ops = (
        Op("MAX_POOL_2D", (4,), (5,), pool, options_type="Pool2DOptions"),
        Op("MAX_POOL_2D", (5,), (6,), pool, options_type="Pool2DOptions"),
        Op("RESHAPE", (6, 7), (0,), options_type="ReshapeOptions"),
        replace(loop, inputs=(0, 8)),
    )
    return Model((Graph(tensors, ops, (4,), (2,)),))


def said(model: Model, main: str, most: int, folder: Path, options: NativeOptions) -> str:
    engine = render_native(model, "op", options=options)
    for name, text in {**engine.files, "main.c": main}.items():
        (folder / name).write_text(text)
    flags = [*C99, *SANITIZERS, f"-DOP_MAX_LOOP_STEPS={most}"]
    run("gcc", *flags, "main.c", "op.c", "-o", "op", "-lm", cwd=folder)
    return run(folder / "op", cwd=folder).decode()


@pytest.mark.parametrize(
    ("most", "wanted"),
    [pytest.param(NEEDED, "0 at 91;", marks=pytest.mark.slow), (NEEDED - 1, "4;")],
)
def test_a_loop_of_more_steps_fails(most: int, wanted: str, tmp_path: Path) -> None:
    assert said(searching_loop(), MAIN, most, tmp_path, NativeOptions()) == 2 * wanted


@pytest.mark.slow
@pytest.mark.parametrize(("most", "missing"), [(NEEDED, 0), (NEEDED - 1, 4)])
def test_rows_are_missing_again(most: int, missing: int, tmp_path: Path) -> None:
    options = NativeOptions(feed_rows=True)
    assert said(fed(), FED, most, tmp_path, options) == 2 * f"{missing};"


def test_the_simulator_and_firmware_take_as_many_steps_and_others_know_of_no_limit() -> None:
    header = render_native(nested_loops(), "op").files["op.h"]
    assert f"#define OP_MAX_LOOP_STEPS {MAX_STEPS}\n" in header
    assert "MAX_LOOP_STEPS" not in "".join(render_native(counted_loop(), "op").files.values())
