"""Branches of a float model become integer ones, each calibrated on the samples that take it."""

from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees, constant
from ops.loops import flag, if_op
from quantize.recurrent import FC, real

from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.errors import UnsupportedError
from edgeq.graph import Graph, Model, Op, read_tflite, write_tflite
from edgeq.graph.regions import THEN
from edgeq.quantize.options import Options
from edgeq.quantize.quantize import quantize
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES

QUICK = Options(calibrator="min-max", rounding="nearest", fill_ranges=False)
N = 6
HALF = constant("half", np.full((1, N), 0.5, np.float32))
WHERE = Op("GREATER", (2, 1), (3,), options_type="GreaterOptions")


def chosen_by_sum(then: Graph, otherwise: Graph) -> Model:
    """y, z = then(x) where the sum of x is above 0, else otherwise(x)."""
    tensors = (
        real("x", 1, N),
        constant("zero", np.array(0, np.float32)),
        real("sum"),
        flag("positive"),
        real("y", 1, N),
        real("z", 1, N),
        constant("axes", np.array([0, 1], np.int32)),
    )
    keep = (("keep_dims", False),)
    total = Op("SUM", (0, 6), (2,), keep, options_type="ReducerOptions")
    ops = (total, WHERE, if_op((3, 0), (4, 5), then, otherwise))
    return Model((Graph(tensors, ops, (0,), (4, 5)),))


def network() -> Model:
    """Where the sum is positive tanh(W x) and x, elsewhere 8 W x and a constant."""
    w = np.random.default_rng(3).normal(0, 0.5, (N, N)).astype(np.float32)
    dense = Op("FULLY_CONNECTED", (0, 1, -1), (2,), FC, options_type="FullyConnectedOptions")
    x, wx, y = real("x", 1, N), real("wx", 1, N), real("y", 1, N)
    tanh = Op("TANH", (2,), (3,))
    then = Graph((x, constant("w", w), wx, y), (dense, tanh), (0,), (3, 0), "then")
    tensors = (x, constant("8w", 8 * w), wx, HALF)
    return chosen_by_sum(then, Graph(tensors, (dense,), (0,), (2, 3), "else"))


def clear(count: int, seed: int) -> Samples:
    """Samples whose sum is far from 0, where integers might take the other branch."""
    random = np.random.default_rng(seed)
    shift = random.choice([-0.7, 0.7], (count, 1, 1))
    x = random.normal(size=(count, 1, N)) * 0.7 + shift
    return Samples((x[np.abs(x.sum(axis=2)) > 0.4][:, None].astype(np.float32),))


@pytest.mark.parametrize("scheme", ["int8", "int16x8"])
def test_both_branches_follow_the_float_model(scheme: str) -> None:
    content, x = write_tflite(network()), clear(60, seed=9)
    made = read_tflite(quantize(content, clear(120, seed=1), replace(QUICK, scheme=scheme)).content)
    exact = run_samples(float_interpreter(content), x.inputs)
    inputs = quantized_inputs(made.main, x.inputs)
    got = execute(made.main, inputs)
    for want, t in zip(exact, made.main.outputs, strict=True):
        error = dequantize(got[t], made.main.tensors[t]).reshape(want.shape) - want
        assert 10 * np.log10(want.var() / np.square(error).mean()) > 30
    said = {o: compare_with(ORACLES[o], made, inputs, by=interpreter_of(o)) for o in ORACLES}
    assert any(map(agrees, said.values())), said
    assert all(each.bytes_different == 0 or each.explained for each in said.values()), said


def test_a_branch_may_give_constants_alone() -> None:
    then = dict(network().main.ops[2].regions)[THEN]
    model = chosen_by_sum(then, Graph((real("x", 1, N), HALF), (), (0,), (1, 1), "else"))
    x = clear(20, seed=9)
    made = read_tflite(quantize(write_tflite(model), clear(40, seed=1), QUICK).content)
    inputs = quantized_inputs(made.main, x.inputs)
    y, z = made.main.outputs
    found = execute(made.main, inputs)
    off = x.inputs[0].sum(axis=(1, 2)) < 0
    for t in (y, z):
        tensor = made.main.tensors[t]
        np.testing.assert_allclose(dequantize(found[t][off], tensor), 0.5, atol=tensor.scale)
    said = compare_with(ORACLES["tflm"], made, inputs, by=interpreter_of("tflm"))
    assert agrees(said), said


@pytest.mark.slow
def test_ranges_are_searched_within_branches() -> None:
    made = read_tflite(quantize(write_tflite(network()), clear(120, seed=1)).content)
    assert [op.kind for op in made.main.ops] == ["SUM", "GREATER", "IF"]


def test_a_branch_that_no_sample_takes_is_refused() -> None:
    positive = Samples((np.abs(clear(20, seed=1).inputs[0]),))
    with pytest.raises(UnsupportedError, match="no calibration sample takes its else branch"):
        quantize(write_tflite(network()), positive, QUICK)
