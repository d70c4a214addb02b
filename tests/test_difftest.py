"""Differential testing: its cases come from every operator's samples, planted faults are found and
made small, and a short run finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from differential import interpreters
from differential.case import Case, as_read, draw_inputs, make_case
from differential.chain import draw_model
from differential.golden import keep, kept
from differential.interpreters import interpreted
from differential.judge import Computers, judged
from differential.outcome import EQUAL, FAILED, KNOWN, REFUSED
from differential.report import summary
from differential.seeds import find_seeds
from differential.session import Settings, Tally, run
from ops.harness import quantized
from ops.test_depthwise_conv_2d import depthwise
from ops.test_reverse_sequence import turned
from ops.unary import unary

from edgeq.codegen.kernel_files import KernelFiles
from edgeq.graph import Graph, Model, Op, read_tflite, schema, write_tflite
from edgeq.graph.custom import KINDS
from edgeq.opkit.node import Node, Values
from edgeq.ops import operator, supported
from edgeq.simulate.oracle_process import OracleFailedError

SEEDS = find_seeds()


def test_every_operator_has_samples_to_draw_from() -> None:
    """One that files may have and that has none brings `CASES` or `SEEDS` in its test."""
    of_files = {*schema.enum_values("BuiltinOperator"), *KINDS.values()}
    assert supported() & of_files - set(SEEDS) == set()


def test_the_same_seed_draws_the_same_valid_cases() -> None:
    kinds = sorted(SEEDS)
    once, again = (
        [draw_model(SEEDS, kinds, np.random.default_rng(k)) for k in range(40)] for _ in range(2)
    )
    assert once == again
    assert len({write_tflite(model) for model in once}) > 30
    assert max(len(model.main.ops) for model in once) > 1
    for model in map(as_read, map(write_tflite, once)):
        make_case(model, draw_inputs(model.main, 3, np.random.default_rng(0)))


def test_a_kept_case_comes_back(tmp_path: Path) -> None:
    model = read_tflite(write_tflite(unary("ABS", (0.05, 3), (0.04, -7), shape=(1, 4))))
    case = make_case(model, draw_inputs(model.main, 4, np.random.default_rng(0)))
    back = kept(keep(case, tmp_path, "abs"))
    assert back.model == case.model
    np.testing.assert_array_equal(back.inputs[0], case.inputs[0])
    (outcomes,) = judged([back], Computers(compile=False))
    assert {outcome.status for outcome in outcomes} == {EQUAL}


def test_what_a_model_gives_after_clean_up_is_explained_as_well() -> None:
    """TFLite refuses a depthwise layer that states its bias to be absent, and takes it without that
    input. The ABS behind it then differs for a known reason.
    """
    scales, zero_points = (20.0, 1.0), (3, 0)
    model = depthwise((1, 9, 9, 14), (3, 3), bias=False, scales=scales, zero_points=zero_points)
    x, w, y = model.main.tensors
    z = quantized("z", y.shape, 0.4)
    layers = replace(model.main.ops[0], inputs=(0, 1, -1)), Op("ABS", (2,), (3,))
    model = as_read(write_tflite(Model((Graph((x, w, y, z), layers, (0,), (3,)),))))
    case = make_case(model, draw_inputs(model.main, 4, np.random.default_rng(0)))
    outcome = interpreted("tflite-runtime", case)
    assert outcome.status == KNOWN, outcome
    assert "scales in float32" in outcome.why


def test_a_crash_is_a_finding_unless_an_index_is_out_of_bounds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def crashed(name: str, case: Case) -> None:
        raise OracleFailedError(name, "it crashed by signal SIGSEGV", "use another oracle")

    monkeypatch.setattr(interpreters, "_outputs", crashed)
    model, x = turned((2, 3), 1, 0), np.ones((1, 2, 3), np.float32)
    inside, outside = (make_case(model, [x, np.int32([[1, most]])]) for most in (3, 4))
    assert interpreted("tflite-runtime", inside).status == FAILED
    assert interpreted("tflite-runtime", outside).status == REFUSED


def searched(kind: str, folder: Path, cases: int, **computers: object) -> Tally:
    """A run on one operator."""
    settings = Settings(
        seed=1,
        seconds=300,
        cases=cases,
        batch=cases,
        computers=Computers(**computers),  # type: ignore[arg-type]
        keep=folder,
        only=(kind,),
        shrink_seconds=20,
    )
    return run(settings, SEEDS)


def of_one_element(tally: Tally, computer: str) -> None:
    """A fault was found in a computer, and its case is a single operator on few elements."""
    found = [f for f in tally.findings if f.outcome.computer == computer]
    assert found, summary(tally, 1, 1)
    assert found[0].path is not None
    graph = kept(found[0].path).model.main
    assert len(graph.ops) == 1
    assert sum(t.size for t in graph.tensors) <= 40, graph


@pytest.mark.slow
def test_a_wrong_simulator_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The greatest int8 value is one too small, in MUL."""
    right: Callable[..., Values] = operator("MUL").simulate  # type: ignore[assignment]

    def wrong(node: Node, *values: Values | None) -> Values:
        y = right(node, *values)
        return np.where(y == 127, 126, y).astype(y.dtype) if y.dtype == np.int8 else y

    object.__setattr__(operator("MUL"), "simulate", wrong)
    try:
        tally = searched("MUL", tmp_path, 100, compile=False, interpreters=("tflm",))
    finally:
        object.__setattr__(operator("MUL"), "simulate", right)
    of_one_element(tally, "tflm")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "file", "right", "wrong"),
    [
        ("MUL", "mul.c", "p->left", "0"),
        ("MAX_POOL_2D", "max_pool_2d.c", ">", "<"),
        ("PAD", "pad.c", "y, p->lead)", "y, p->lead + 64)"),
    ],
)
def test_a_wrong_kernel_is_found(
    kind: str, file: str, right: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Effective scales above 1 without their shift; the least value for the greatest; bytes behind
    the output, which only the sanitizer sees.
    """
    text_of = KernelFiles.text

    def text(files: KernelFiles, name: str) -> str:
        found = text_of(files, name)
        if name.endswith(f"/{file}"):
            assert right in found
            found = found.replace(right, wrong)
        return found

    monkeypatch.setattr(KernelFiles, "text", text)
    tally = searched(kind, tmp_path, 60, interpreters=())
    of_one_element(tally, "C, host")


@pytest.mark.slow
def test_a_short_run_finds_nothing(tmp_path: Path) -> None:
    """Other cases than those of golden files, the same ones each time; hours are run by hand."""
    settings = Settings(4, 30, 500, 500, Computers(), tmp_path)
    tally = run(settings, SEEDS)
    assert not tally.findings, summary(tally, 1, 1, reasons=True)
    assert tally.outcomes["tflm", EQUAL] > tally.cases / 2
