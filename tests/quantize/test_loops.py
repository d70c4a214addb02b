"""Loops of a float model become integer ones: one scale for what is carried, one copy of the weights."""

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees
from ops.loops import BODY, COND
from quantize.recurrent import STEPS, UNITS, amplitudes, recurrent, settling, waves

from edgeq.codegen.native import render_native
from edgeq.data import dequantize, quantized_inputs
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, read_tflite, write_tflite
from edgeq.quantize import loops
from edgeq.quantize.loop_samples import FloatLoop, carried_samples, run_loop, steps_taken
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

QUICK = Options(calibrator="min-max", rounding="nearest", fill_ranges=False)


def quantized(model: Model, options: Options = QUICK) -> Model:
    return read_tflite(quantize(write_tflite(model), waves(), options).content)


def body_of(model: Model) -> Graph:
    (loop,) = [op for op in model.main.ops if op.regions]
    return dict(loop.regions)[BODY]


def sqnr_db(float_model: Model, integer: Model) -> list[float]:
    """Of each output, on samples that nothing was calibrated with."""
    x = waves(40, seed=9)
    exact = run_samples(float_interpreter(write_tflite(float_model)), x.inputs)
    graph = integer.main
    got = execute(graph, quantized_inputs(graph, x.inputs))
    found = []
    for t, want in zip(graph.outputs, exact, strict=True):
        real = dequantize(got[t], graph.tensors[t]).reshape(want.shape)
        found.append(10 * np.log10(want.var() / np.square(real - want).mean()))
    return found


@pytest.mark.parametrize("tanh", [True, False])
def test_a_carried_value_has_one_scale(tanh: bool) -> None:
    body = body_of(quantized(recurrent(tanh)))
    ends = [
        (body.tensors[a], body.tensors[b])
        for a, b in zip(body.inputs, body.outputs, strict=True)
        if body.tensors[a].dtype != "int32"
    ]
    assert len(ends) == 2
    for before, after in ends:
        assert before.dtype == "int8"
        assert (before.dtype, before.quantization) == (after.dtype, after.quantization)


def test_what_goes_in_and_out_needs_no_conversion() -> None:
    integer = quantized(recurrent())
    assert [op.kind for op in integer.main.ops] == ["WHILE"]
    body, graph = body_of(integer), integer.main
    x, y = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    assert x.quantization == body.tensors[body.inputs[2]].quantization
    assert y.quantization == body.tensors[body.outputs[1]].quantization


@pytest.mark.parametrize("lists", [False, True])
def test_it_is_near_to_the_float_model(lists: bool) -> None:
    model = recurrent(lists=lists)
    assert min(sqnr_db(model, quantized(model))) > 28


def test_16_bit_activations_are_nearer_still() -> None:
    model = recurrent(tanh=False, lists=True)
    wide = quantized(model, replace(QUICK, scheme="int16x8"))
    assert {t.dtype for t in body_of(wide).tensors} & {"int8", "int16"} == {"int8", "int16"}
    assert min(sqnr_db(model, wide)) > 45


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scheme", "name", "lists"),  # TFLM has GATHER on no int16, tflite-runtime no update of a list
    [("int8", "tflm", True), ("int16x8", "tflite-runtime", False)],
)
def test_interpreters_and_c_give_the_same_bytes(scheme: str, name: str, lists: bool) -> None:
    from ops.compiled import run_compiled

    integer = quantized(recurrent(lists=lists), replace(QUICK, scheme=scheme))
    graph = integer.main
    inputs = quantized_inputs(graph, waves(12).inputs)
    assert agrees(compare_with(ORACLES[name], integer, inputs, by=interpreter_of(name)))
    got, want = run_compiled(render_native(integer, "op"), inputs), execute(graph, inputs)
    for t in graph.outputs:
        np.testing.assert_array_equal(got[t], want[t])


def test_the_body_is_calibrated_on_what_it_gets_at_every_step() -> None:
    model = recurrent()
    (loop,) = model.main.ops
    x = waves(3)
    whole = FloatLoop(model, loop, STEPS)
    run = run_loop(whole, x)
    seen = carried_samples(whole, x, run.steps)
    assert seen.inputs[0].ravel().tolist() == [step for step in range(STEPS) for _ in range(3)]
    np.testing.assert_array_equal(seen.inputs[1][:3], np.zeros((3, 1, UNITS)))
    (exact,) = run_samples(float_interpreter(write_tflite(model)), x.inputs)
    np.testing.assert_allclose(run.ends[1].reshape(exact.shape), exact, rtol=1e-5, atol=1e-6)


def test_steps_of_many_samples_are_spread() -> None:
    model = recurrent()
    (loop,) = model.main.ops
    whole, x = FloatLoop(model, loop, STEPS), waves(512)
    seen = carried_samples(whole, x, steps_taken(whole, x))
    steps, counts = np.unique(seen.inputs[0], return_counts=True)
    assert steps.tolist() == list(range(STEPS))
    assert seen.count <= 2048
    assert counts.max() - counts.min() <= 1


def test_each_sample_takes_as_many_steps_as_its_condition_says() -> None:
    """Numbers of steps and values are those of TFLite's float interpreter."""
    model, x = settling(), amplitudes()
    run = run_loop(FloatLoop(model, model.main.ops[0], None), x)
    steps, y = run_samples(float_interpreter(write_tflite(model)), x.inputs)
    np.testing.assert_array_equal(run.steps, steps.ravel())
    np.testing.assert_array_equal(run.ends[1].reshape(y.shape), y)
    assert {0, 1, 3} <= set(run.steps.tolist())
    seen = carried_samples(FloatLoop(model, model.main.ops[0], None), x, run.steps)
    counts = np.bincount(seen.inputs[0].ravel())
    assert counts.tolist() == [(run.steps > k).sum() for k in range(run.steps.max())]
    assert (seen.inputs[1].reshape(seen.count, -1).max(axis=1) > 0.2).all()


def test_the_condition_of_integers_is_that_of_the_real_values() -> None:
    integer = quantize_settling(settling())
    graph, x = integer.main, amplitudes(200, seed=9)
    got = execute(graph, quantized_inputs(graph, x.inputs))
    steps = run_samples(float_interpreter(write_tflite(settling())), x.inputs)[0].ravel()
    apart = got[graph.outputs[0]].ravel() - steps
    assert np.abs(apart).max() <= 1
    assert (apart == 0).mean() > 0.9


def quantize_settling(model: Model, samples: int = 60) -> Model:
    return read_tflite(quantize(write_tflite(model), amplitudes(samples), QUICK).content)


@pytest.mark.slow
def test_interpreters_and_c_take_the_same_steps() -> None:
    from ops.compiled import run_compiled

    integer = quantize_settling(settling())
    graph = integer.main
    inputs = quantized_inputs(graph, amplitudes(40, seed=9).inputs)
    for name in ("tflm", "tflite-runtime"):
        assert agrees(compare_with(ORACLES[name], integer, inputs, by=interpreter_of(name)))
    got, want = run_compiled(render_native(integer, "op"), inputs), execute(graph, inputs)
    for t in graph.outputs:
        np.testing.assert_array_equal(got[t], want[t])


def test_a_loop_that_its_samples_do_not_enter_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="its condition holds for no calibration sample"):
        quantize_settling(settling(threshold=2.0))


def test_a_float_loop_that_does_not_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeq.quantize.loop_samples.MAX_STEPS", 20)
    model = settling(factor=1.0)
    with pytest.raises(UnsupportedError, match="still holds after 20 steps for some calibration"):
        run_loop(FloatLoop(model, model.main.ops[0], None), amplitudes())


@pytest.fixture
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("edgeq.opkit.loops", "edgeq.ops.while", "edgeq.quantize.loops"):
        monkeypatch.setattr(f"{module}.MAX_STEPS", 150)


@pytest.mark.usefixtures("few_steps")
def test_a_loop_that_does_not_end_in_integers_is_refused() -> None:
    """An integer below 5 that is multiplied by 0.9 is rounded to itself."""
    model = settling(factor=0.9, threshold=1e-4)
    with pytest.raises(UnsupportedError, match="in integers its condition still holds after 150"):
        quantize_settling(model, samples=8)


@pytest.mark.usefixtures("few_steps")
def test_integers_of_16_bits_end_a_loop_that_goes_on_in_8() -> None:
    integer = quantize_settling(settling(factor=0.9, threshold=0.02), samples=8)
    assert "int16" in {t.dtype for t in body_of(integer).tensors}


def test_the_condition_takes_what_the_body_carries() -> None:
    integer = quantized(recurrent())
    (loop,) = integer.main.ops
    regions = dict(loop.regions)
    kinds = [
        [region.tensors[t].dtype for t in region.inputs]
        for region in (regions[COND], regions[BODY])
    ]
    assert kinds[0] == kinds[1] == ["int32", "int8", "int8"]


def test_a_loop_behind_another_takes_its_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "SUFFICIENT_DB", 0.0)
    first, second = recurrent(lists=True).main, recurrent(seed=3, features=UNITS).main
    (loop,), (behind,), start = first.ops, second.ops, len(first.tensors)
    lists = first.outputs[1]
    moved = replace(
        behind,
        inputs=tuple(lists if t == second.inputs[0] else start + t for t in behind.inputs),
        outputs=tuple(start + t for t in behind.outputs),
    )
    graph = replace(
        first,
        tensors=(*first.tensors, *second.tensors),
        ops=(loop, moved),
        outputs=tuple(start + t for t in second.outputs),
    )
    integer = quantized(Model((graph,)))
    assert [op.kind for op in integer.main.ops] == ["WHILE", "WHILE"]
