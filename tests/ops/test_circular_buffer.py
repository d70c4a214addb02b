"""CIRCULAR_BUFFER against TFLM, the golden bytes of its own test and the compiled C, step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import quantized
from ops.signals import assert_agrees

from edgeq.cleanup import cleaned
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, custom_op, write_tflite
from edgeq.graph.decode import decode
from edgeq.ops import bind
from edgeq.simulate.execute import execute


def buffer(
    kept: int, width: int = 1, depth: int = 3, zero_point: int = -7, **options: int
) -> Model:
    """A file's model: the latest inputs, and the larger of each two that follow each other."""
    x = quantized("x", (1, 1, width, depth), 0.1, zero_point)
    y = replace(quantized("y", (1, kept, width, depth), 0.1, zero_point), kept=True)
    z = quantized("z", (1, max(kept - 1, 1), width, depth), 0.1, zero_point)
    pool = (
        ("filter_height", min(kept, 2)),
        ("filter_width", 1),
        ("fused_activation_function", "NONE"),
        ("padding", "VALID"),
        ("stride_h", 1),
        ("stride_w", 1),
    )
    ops = (
        custom_op("CIRCULAR_BUFFER", (0,), (1,), **options),
        Op("MAX_POOL_2D", (1,), (2,), pool, options_type="Pool2DOptions"),
    )
    return Model((Graph((x, y, z), ops, (0,), (2,)),))


SEEDS = {"of three inputs": cleaned(buffer(3, cycles_max=1))}
"""Models that differential testing starts from (tools/difftest.py)."""


def test_the_buffer_of_tflms_own_test() -> None:
    """OutputTensorLength5 of circular_buffer_test.cc: a buffer of 5 without options."""
    model = cleaned(buffer(5, depth=4, zero_point=0))
    x = np.arange(1, 25, dtype=np.int8).reshape(6, 1, 1, 1, 4)
    found = execute(model.main, [x], keep=[1])[1].reshape(6, 20)
    padded = np.concatenate([np.zeros(16, np.int8), x.ravel()])
    for step, got in enumerate(found):
        np.testing.assert_array_equal(got, padded[4 * step : 4 * step + 20])


def test_it_starts_at_the_zero_point() -> None:
    model = cleaned(buffer(5, zero_point=-7))
    found = execute(model.main, [np.ones((1, 1, 1, 1, 3), np.int8)], keep=[1])[1]
    assert found.ravel().tolist() == [-7] * 12 + [1] * 3


def test_it_starts_at_the_zero_point_of_its_output() -> None:
    """TFLM keeps the inputs in the output, and resets a variable to its own zero point."""
    graph = buffer(5, zero_point=-7, cycles_max=1).main
    y = replace(quantized("y", graph.tensors[1].shape, 0.2, 3), kept=True)
    z = quantized("z", graph.tensors[2].shape, 0.2, 3)
    model = cleaned(Model((replace(graph, tensors=(graph.tensors[0], y, z)),)))
    found = execute(model.main, [np.ones((1, 1, 1, 1, 3), np.int8)], keep=[1])[1]
    assert found.ravel().tolist() == [3] * 12 + [1] * 3
    assert_agrees(model)


def test_the_file_has_its_output_as_variable() -> None:
    model = cleaned(buffer(3, cycles_max=1))
    assert [t.name for t in model.main.tensors if t.variable] == ["y/state"]
    content = write_tflite(model)
    (graph,) = decode(content)[0]["subgraphs"]
    assert [t["name"] for t in graph["tensors"] if t["is_variable"]] == ["y"]
    assert cleaned(content).main.ops == model.main.ops


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kept", "width", "options"),
    [(3, 1, {"cycles_max": 1}), (13, 2, {}), (1, 2, {"cycles_max": 1})],
)
def test_every_step_of_a_sequence(kept: int, width: int, options: dict[str, int]) -> None:
    assert_agrees(cleaned(buffer(kept, width, **options)), samples=9)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (buffer(4), r"\(cycles_max 2 in TFLM, as the file says none and it keeps 4 inputs\)"),
        (buffer(5, cycles_max=3), r"until 3 inputs came \(cycles_max 3\)"),
        (buffer(5, cycles_max=-1), "its cycles_max is -1"),
    ],
)
def test_refuses_other_periods(model: Model, why: str) -> None:
    with pytest.raises(UnsupportedError, match=why):
        bind(cleaned(model).main)


@pytest.mark.slow
def test_every_second_result_of_a_period_of_two_is_that_of_a_buffer_without() -> None:
    """What the remedy of two models relies on; TFLM's status 15 is kTfLiteAbort."""
    from tflite_micro.python.tflite_micro import runtime

    ends, always = (
        runtime.Interpreter.from_bytes(write_tflite(buffer(3, cycles_max=n))) for n in (2, 1)
    )
    for step, x in enumerate(np.random.default_rng(0).integers(-128, 128, (8, 1, 1, 1, 3))):
        for interpreter in (ends, always):
            interpreter.set_input(x.astype(np.int8), 0)
        assert (ends.invoke(), always.invoke()) == (15 if step % 2 == 0 else 0, 0)
        if step % 2:
            np.testing.assert_array_equal(ends.get_output(0), always.get_output(0))


def test_refuses_an_output_that_is_no_variable() -> None:
    graph = buffer(5).main
    tensors = tuple(replace(t, kept=False) for t in graph.tensors)
    with pytest.raises(UnsupportedError, match="the file does not mark its output as variable"):
        bind(cleaned(Model((replace(graph, tensors=tensors),))).main)
