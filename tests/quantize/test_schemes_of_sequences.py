"""Every scheme of quantization with loops, branches and state, of which each follows samples that it was
not calibrated with, and is what an interpreter computes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from ops.harness import agrees
from ops.test_unidirectional_sequence_lstm import real as float_lstm
from quantize.recurrent import FEATURES, recurrent, waves
from quantize.test_branches import clear, network
from quantize.test_kept_states import QUICK, sequence, streaming

from edgeq.codegen.native import render_native
from edgeq.data import Samples, dequantize, quantized_inputs
from edgeq.graph import Model, read_tflite, write_tflite
from edgeq.mixed.budget import Budget
from edgeq.mixed.mixed import quantize_mixed
from edgeq.quantize.quantize import quantize
from edgeq.quantize.schemes import SCHEMES
from edgeq.runtime import float_interpreter, run_samples
from edgeq.simulate.compare import compare_with
from edgeq.simulate.execute import execute
from edgeq.simulate.interpreter import interpreter_of
from edgeq.simulate.oracles import ORACLES
from edgeq.verify.host import run_host


def _steps(seed: int) -> Samples:
    return Samples((sequence(90, seed).inputs[0].reshape(90, 1, FEATURES),))


MODELS: dict[str, tuple[Callable[[], Model], Callable[[int], Samples]]] = {
    "loop": (recurrent, lambda seed: waves(60, seed)),
    "variables": (streaming, lambda seed: sequence(90, seed)),
    "branches": (network, lambda seed: clear(100, seed)),
    "stateful LSTM": (lambda: float_lstm((1, 1, FEATURES, 6)), _steps),
}
DB = {"int4": 12.0}
"""The least SQNR in dB, 20 elsewhere."""
NOT_RUN = {("loop", "int4"), ("branches", "int4"), ("variables", "dynamic")}
"""What no interpreter runs: TFLM dense layers with int4 weights of several scales, and float ones beside
int8 weights; tflite-runtime 2.14 either with a scale for each unit. The compiled C is compared there.
"""


def made(scheme: str, model: Model, samples: Samples) -> Model:
    options, content = replace(QUICK, scheme=scheme), write_tflite(model)
    if not SCHEMES[scheme].alternatives:
        return read_tflite(quantize(content, samples, options).content)
    mixed = quantize_mixed(content, samples, options, Budget(accuracy_loss=5.0))
    return read_tflite(mixed.quantized.content)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", MODELS)
def test_it_follows_a_sequence(name: str, scheme: str) -> None:
    build, data = MODELS[name]
    model, x = build(), data(5)
    integer = made(scheme, model, data(1))
    exact, *_ = run_samples(float_interpreter(write_tflite(model)), x.inputs)
    y = integer.main.outputs[0]
    inputs = quantized_inputs(integer.main, x.inputs)
    got = dequantize(execute(integer.main, inputs)[y], integer.main.tensors[y])
    error = got.reshape(exact.shape) - exact
    assert 10 * np.log10(exact.var() / np.square(error).mean()) > DB.get(scheme, 20.0)
    said = [compare_with(ORACLES[o], integer, inputs, by=interpreter_of(o)) for o in ORACLES]
    assert all(each.bytes_different == 0 or each.explained for each in said), said
    if (name, scheme) in NOT_RUN:
        compiled = run_host(render_native(integer, "sequence"), inputs)[y]
        np.testing.assert_array_equal(compiled, execute(integer.main, inputs)[y])
    else:
        assert any(map(agrees, said)), said
